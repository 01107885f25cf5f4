"""A full disk and a second writer: a clear error or a short wait, and nothing lost."""
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.environ["MUFAKAT_PROGRAM"]


def run(*arguments, limit=None, code=0):
    def limited():
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, preexec_fn=limited, check=False)
    assert code is None or done.returncode == code, f"{arguments}: {done.returncode}\n{done.stderr}"
    return done


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-disk-")
    home = ["--replica", os.path.join(folder, "r")]
    try:
        run("network", "create", "--name", "Kota", "--no-passphrase", *home)
        it = json.loads(run("unit", "create", "--name", "IT", "--kind", "it_agency", "--as", "network", "--no-passphrase",
                            "--json", *home).stdout)["id"]
        run("procedure", "publish", "p4", "--as", "network", *home)
        run("device", "create", "kadis", "--title", "Kepala", "--as", "root", "--no-passphrase", *home)
        dossier = run("new", "p4", "--title", "Satu", "--party", f"applicant={it}", "--party", f"it={it}", "--as", "kadis",
                      *home).stdout.strip()

        # The disk is full: no file may grow beyond what it has.
        size = max(os.path.getsize(os.path.join(folder, "r", name)) for name in ("mufakat.sqlite", "mufakat.sqlite-wal"))
        before = json.loads(run("show", dossier, "--json", *home).stdout)
        refused = 0
        for extra in range(0, 40):
            done = run("comment", dossier, "x" * 30_000, "--as", "kadis", *home, limit=size - 4096 + extra * 512, code=None)
            if done.returncode == 0:
                break
            refused += 1
            assert done.returncode == 1 and len(done.stderr.splitlines()) == 3, done.stderr
            assert "disk" in done.stderr, done.stderr
        assert refused > 0, "the limit was never reached"
        after = json.loads(run("check", "--json", *home).stdout)
        assert after["problems"] == [] and after["integrity"] == "ok", after
        assert json.loads(run("show", dossier, "--json", *home).stdout)["changes"] >= before["changes"]

        # Two processes write at once: both wait their turn, nothing is lost, and the device does not fork itself.
        started = json.loads(run("show", dossier, "--json", *home).stdout)["changes"]
        writers = [subprocess.Popen(["sh", "-c", f'for i in 1 2 3 4 5 6 7 8 9 10; do "{PROGRAM}" comment {dossier} "$i" --as '
                                     f'kadis --replica "{folder}/r" >/dev/null || exit 1; done']) for _ in range(3)]
        assert [writer.wait() for writer in writers] == [0, 0, 0]
        assert json.loads(run("show", dossier, "--json", *home).stdout)["changes"] == started + 30
        final = json.loads(run("check", "--json", *home).stdout)
        assert final["problems"] == [] and final["forks"] == 0, final
        print(f"disk full refused {refused} times; 30 comments by 3 processes")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
