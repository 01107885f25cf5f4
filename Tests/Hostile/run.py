"""The hostile peer against a live `serve`: every attack must leave it alive, small and of use to the honest.

    .venv/bin/python3 Tests/Hostile/run.py [--record FILE] [GROUP|GROUP.ATTACK]...
"""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))

import arena  # noqa: E402
import answers, bombs, floods, frames, limits, numbers_, places, strangers  # noqa: E401,E402,F401


def tell(result):
    mark = "FAILED" if result.failure else "ok    "
    print(f"{mark} {result.name:32} {result.peak / 2**20:7.1f} MiB {result.seconds:6.1f} s  {result.failure or ''}", flush=True)


def main():
    arguments = sys.argv[1:]
    record = None
    if arguments[:1] == ["--record"]:
        record, arguments = arguments[1], arguments[2:]
    groups, results, started = {}, [], time.monotonic()
    for item in arena.ATTACKS:
        if not arguments or item.group in arguments or item.name in arguments:
            groups.setdefault(item.group, []).append(item)
    for items in groups.values():
        results += arena.run_group(items, tell)
    failed = [result for result in results if result.failure]
    peak = max(result.peak for result in results)
    print(f"{len(results)} attacks, {len(failed)} failed; peak memory of serve {peak / 2**20:.1f} MiB; "
          f"{time.monotonic() - started:.0f} s")
    if record:
        with open(record, "w", encoding="utf-8") as file:
            json.dump([vars(result) for result in results], file, indent=1)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
