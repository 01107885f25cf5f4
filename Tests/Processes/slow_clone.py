"""A clone through a slow line that breaks completes, however long it takes: what arrived stays, and the rest follows.

    slow_clone.py                                 1,000 dossiers, cut three times, the last leg longer than the idle limit
    slow_clone.py --dossiers 10000 --cuts 10      the long form
    slow_clone.py --dossiers 100000 --cuts 0 --rate 0   no limit of rate

A proxy delays what goes through, lets so many bytes a second pass and cuts the line where a count is reached. Then the
last leg goes so slowly that the side which only receives is silent for longer than a silent peer is borne with.
"""
import argparse
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
BENCH = os.path.join(os.path.dirname(PROGRAM), "Bench")
# Protocol 8 section 5: a connection without a sign of life.
SILENCE = 60


class SlowLine(threading.Thread):
    """Forwards connections at `rate` bytes a second (0: no limit), and cuts the line after `cut` bytes to the client."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.target, self.rate, self.cut, self.received = target, 0, None, 0
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            # What waits in the line's own buffers would hide its rate.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            server = socket.socket()
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            server.connect(self.target)
            self.received = 0
            try:
                self.forward(client, server)
            except OSError:
                pass
            client.close()
            server.close()

    def forward(self, client, server):
        while True:
            for source in select.select([client, server], [], [])[0]:
                data = source.recv(16384)
                if not data:
                    raise ConnectionError
                if self.rate:
                    time.sleep(len(data) / self.rate)
                if source is server:
                    self.received += len(data)
                    if self.cut is not None and self.received >= self.cut:
                        self.cut = None
                        raise ConnectionError
                (server if source is client else client).sendall(data)


def run(*arguments, check=True):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, (arguments, done.returncode, done.stdout[-800:], done.stderr[-800:])
    return done


def hashes(folder):
    listed = run("list", "--replica", folder, "--limit", "1000000", "--json")
    return {row["id"]: row["stateHash"] for row in json.loads(listed.stdout)}


def clone(line, folder, cuts, rate, whole):
    """Cut so many times, each time after an equal part of the whole; then to the end. Gives the seconds of the end."""
    line.rate = rate
    for number in range(cuts):
        line.cut = whole // (cuts + 3)
        done = run("sync", f"127.0.0.1:{line.port}", "--replica", folder, check=False)
        assert done.returncode != 0 and line.cut is None, f"cut {number} did not hit: {done.stdout} {done.stderr}"
    if rate:
        # The last leg is the rest; slower than the idle limit, whatever the rest is.
        line.rate = min(rate, max(1, whole * 3 // (cuts + 3) // (SILENCE + 15)))
    begun = time.monotonic()
    done = run("sync", f"127.0.0.1:{line.port}", "--replica", folder, "--json")
    assert json.loads(done.stdout)["equal"], done.stdout
    return time.monotonic() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dossiers", type=int, default=1000)
    parser.add_argument("--cuts", type=int, default=3)
    parser.add_argument("--rate", type=int, default=1_000_000, help="bytes a second; 0: no limit")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="mufakat-slow-")
    server = None
    try:
        subprocess.run([BENCH, "--program", PROGRAM, "--generate", "--dossiers", str(options.dossiers), "--keep", folder],
                       check=True, stderr=subprocess.DEVNULL)
        hub, address_file = os.path.join(folder, "hub"), os.path.join(folder, "address")
        server = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--address-file", address_file,
                                   "--replica", hub], stderr=subprocess.DEVNULL)
        while not (os.path.exists(address_file) and os.path.getsize(address_file)):
            time.sleep(0.01)
        with open(address_file, encoding="ascii") as file:
            host, port = file.read().strip().split(":")
        line = SlowLine((host, int(port)))
        target, whole = os.path.join(folder, "clone"), 0
        if options.cuts or options.rate:
            run("sync", f"127.0.0.1:{line.port}", "--replica", os.path.join(folder, "clone-2"))
            whole = line.received
        seconds = clone(line, target, options.cuts, options.rate, whole)
        if options.rate:
            assert seconds > SILENCE, f"the last leg took {seconds:.0f} s: no longer than the idle limit"
        assert server.poll() is None, "serve ended"
        assert hashes(target) == hashes(hub), "state differs"
        print(f"{options.dossiers} dossiers, {options.cuts} cuts, last leg {seconds:.0f} s: equal")
    finally:
        if server:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
