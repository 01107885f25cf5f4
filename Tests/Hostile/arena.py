"""Runs attacks in groups, each group against one live `serve`: what it had of memory, and whether honest work goes on."""
import os
import shutil
import sys
import tempfile
import threading
import time
import traceback

from office import Failed, Scene, Service, need
from wire import Ended

MEMORY_MAX = 128 << 20
# Where a program has no limit, the attack is stopped for it.
STOPPED_AT = 2 << 30


class Attack:
    def __init__(self, group, point, text, function, own_service):
        self.group, self.point, self.text, self.function, self.own_service = group, point, text, function, own_service
        self.name = f"{group}.{function.__name__}"


ATTACKS = []


def attack(group, point, text, own_service=False):
    """Registers an attack: a function of the scene and the service; its own service where it needs a special one."""
    def register(function):
        ATTACKS.append(Attack(group, point, text, function, own_service))
        return function
    return register


class Result:
    def __init__(self, item, failure, peak, seconds):
        self.name, self.point, self.text = item.name, item.point, item.text
        self.failure, self.peak, self.seconds = failure, peak, seconds


class Watch(threading.Thread):
    """Ends a `serve` that takes all memory there is, so that the machine stays usable; notes the peak until then."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.service, self.peak, self.over = service, 0, threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.05):
            try:
                self.peak = max(self.peak, self.service.peak())
            except (Failed, StopIteration, OSError):
                return
            if self.peak > STOPPED_AT:
                self.service.process.kill()
                return

    def end(self):
        self.over.set()
        self.join()
        try:
            self.peak = max(self.peak, self.service.peak())
        except (Failed, StopIteration, OSError):
            pass
        return self.peak


def strike(item, scene, service):
    """One attack and what must be true after it."""
    watch, started, failure = Watch(service), time.monotonic(), None
    try:
        item.function(scene, service)
        need(service.is_alive(), f"serve ended by {service.process.poll()}")
        scene.honest(service)
    except (Failed, AssertionError, KeyError, OSError, Ended) as fault:
        failure = f"{type(fault).__name__}: {fault}".strip()[:600]
        if not isinstance(fault, Failed):
            failure += " | " + traceback.format_exc().strip().splitlines()[-3].strip()
    peak = watch.end()
    if not service.is_alive() and not (failure or "").startswith("Failed: serve"):
        how = f"stopped at {STOPPED_AT >> 20} MiB" if peak > STOPPED_AT else f"ended by {service.process.poll()}"
        failure = f"serve {how}; {failure or ''}"
    if failure is None and peak > MEMORY_MAX:
        failure = f"serve had {peak >> 20} MiB"
    return Result(item, failure, peak, time.monotonic() - started)


def run_group(items, tell):
    """All attacks of a group, one after the other on one `serve`; on a new one where it did not stand."""
    results, rest = [], list(items)
    while rest:
        folder = tempfile.mkdtemp(prefix="mufakat-hostile-")
        try:
            scene = Scene(folder, "Dinas Lain", "Dinas Ketiga")
            scene.dossier = scene.new()
            with Service(scene.hub) as service:
                while rest:
                    item = rest.pop(0)
                    if service.is_alive():
                        service.reset_peak()
                    result = strike(item, scene, service)
                    results.append(result)
                    tell(result)
                    if result.failure:
                        break
                else:
                    service.end()
            if not results[-1].failure:
                problems = scene.hub.problems() + scene.dinas.problems()
                if problems:
                    results[-1].failure = f"check: {problems}"
                    tell(results[-1])
        finally:
            if os.environ.get("MUFAKAT_KEEP"):
                print(folder, file=sys.stderr)
            else:
                shutil.rmtree(folder, ignore_errors=True)
    return results
