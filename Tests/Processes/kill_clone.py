"""A clone that is killed at ten random points costs at most 1.2 times the bytes of one clone, and ends equal.

A proxy between the processes counts bytes and kills the client with SIGKILL when a random count is reached.
"""
import json
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
BENCH = os.path.join(os.path.dirname(PROGRAM), "Bench")
KILLS = 10


class Proxy(threading.Thread):
    """Forwards one connection; counts what goes through; calls `reached` at a limit of bytes towards the client."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.target, self.count, self.limit, self.reached = target, 0, None, None
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            # What waits in the proxy's own buffer was never on the wire to the client.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            server = socket.create_connection(self.target)
            received = 0
            try:
                while True:
                    for source in select.select([client, server], [], [])[0]:
                        data = source.recv(65536)
                        if not data:
                            raise ConnectionError
                        self.count += len(data)
                        if source is server:
                            received += len(data)
                            if self.limit is not None and received >= self.limit:
                                self.limit = None
                                self.reached()
                        (server if source is client else client).sendall(data)
            except OSError:
                client.close()
                server.close()


def hashes(folder):
    listed = subprocess.run([PROGRAM, "list", "--replica", folder, "--limit", "100000", "--json"], check=True,
                            capture_output=True, text=True)
    return {row["id"]: row["stateHash"] for row in json.loads(listed.stdout)}


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-kill-")
    generator = random.Random(2026)
    try:
        subprocess.run([BENCH, "--program", PROGRAM, "--generate", "--dossiers", "6000", "--keep", folder], check=True,
                       stderr=subprocess.DEVNULL)
        address_file = os.path.join(folder, "address")
        server = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--address-file", address_file, "--replica",
                                   os.path.join(folder, "hub")], stderr=subprocess.DEVNULL)
        while not (os.path.exists(address_file) and os.path.getsize(address_file)):
            time.sleep(0.01)
        with open(address_file, encoding="ascii") as file:
            host, port = file.read().strip().split(":")
        proxy = Proxy((host, int(port)))
        command = [PROGRAM, "sync", f"127.0.0.1:{proxy.port}", "--json", "--replica"]

        subprocess.run([*command, os.path.join(folder, "clone-2")], check=True, stdout=subprocess.DEVNULL)
        whole = proxy.count
        proxy.count, killed = 0, 0
        for _ in range(KILLS):
            client = subprocess.Popen([*command, os.path.join(folder, "clone")], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
            proxy.reached = client.kill
            proxy.limit = generator.randrange(whole // 50, whole // 11)
            client.wait()
            killed += client.returncode == -signal.SIGKILL
        assert killed == KILLS, f"only {killed} kills hit"
        last = subprocess.run([*command, os.path.join(folder, "clone")], check=True, capture_output=True, text=True)
        assert json.loads(last.stdout)["equal"]
        ratio = proxy.count / whole
        print(f"one clone {whole} bytes; with {KILLS} kills {proxy.count} bytes: {ratio:.3f} x")
        assert ratio <= 1.2, ratio
        assert hashes(os.path.join(folder, "clone")) == hashes(os.path.join(folder, "hub")), "state differs"
        checked = subprocess.run([PROGRAM, "check", "--json", "--replica", os.path.join(folder, "clone")], check=True,
                                 capture_output=True, text=True)
        assert json.loads(checked.stdout)["problems"] == []
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
