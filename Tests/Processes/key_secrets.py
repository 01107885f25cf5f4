"""No passphrase and no secret key in logs, argv, environments, temporary files or core dumps; key files whose Argon2
parameters were changed are refused before they cost anything.
"""
import base64
import hashlib
import json
import os
import resource
import secrets
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import cbor2
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

sys.path.insert(0, os.path.dirname(__file__))
from copies import PROGRAM  # noqa: E402

MIB = 1 << 20


def hchacha20(key, nonce):
    """The key of XChaCha20 for the first 16 bytes of its nonce (draft-irtf-cfrg-xchacha §2.2)."""
    state = list(struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) + struct.unpack("<4I", nonce))

    def quarter(a, b, c, d):
        for left, right, turn, shift in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[left] = (state[left] + state[right]) & 0xFFFFFFFF
            state[turn] ^= state[left]
            state[turn] = ((state[turn] << shift) | (state[turn] >> (32 - shift))) & 0xFFFFFFFF

    for _ in range(10):
        for place in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12),
                      (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(*place)
    return struct.pack("<8I", *state[:4], *state[12:])


def open_key(path, passphrase):
    """The sealing key, the signing seed and the agreement secret of a key file (Protocol 1 §7)."""
    with open(path, "rb") as file:
        header, sealed = cbor2.load(file)
    if header[7] is None:
        key = hashlib.blake2b(header[8], digest_size=32, person=b"mufakat key".ljust(16, b"\0")).digest()
    else:
        passes, memory = header[7]
        key = Argon2id(salt=header[8], length=32, iterations=passes, lanes=1, memory_cost=memory // 1024).derive(passphrase)
    subkey = hchacha20(key, header[9][:16])
    additional = cbor2.dumps(header, canonical=True)
    secret = ChaCha20Poly1305(subkey).decrypt(b"\0" * 4 + header[9][16:], sealed, additional)
    return key, secret[:32], secret[32:]


class Day:
    """Runs commands in a folder of its own, keeps everything they say, and knows every secret."""

    def __init__(self, folder):
        self.folder, self.said, self.needles = folder, b"", {}
        self.home = os.path.join(folder, "r")
        self.environment = {**os.environ, "TMPDIR": os.path.join(folder, "tmp"), "LANG": "en_GB.UTF-8",
                            # An aborted process ends at once, by the signal's own action: with a core where one is left.
                            "SWIFT_BACKTRACE": "enable=no"}
        os.makedirs(self.environment["TMPDIR"])
        # The passphrase files are the tests' own, and lie elsewhere.
        self.outside = tempfile.mkdtemp(prefix="mufakat-passphrases-")

    def passphrase(self, name):
        path, text = os.path.join(self.outside, name), secrets.token_urlsafe(18)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(text + "\n")
        self.needles[f"passphrase {name}"] = text.encode()
        return path

    def run(self, *arguments, code=0, **options):
        done = subprocess.run([PROGRAM, *arguments, "--replica", self.home], capture_output=True, check=False,
                              env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, **options)
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stderr.decode()}"
        self.said += done.stdout + done.stderr
        return done.stdout.decode().strip()

    def learn(self, name, passphrase=None):
        text = self.needles[f"passphrase {passphrase}"] if passphrase else None
        for part, value in zip(("sealing key", "seed", "agreement"), open_key(f"{self.home}/keys/{name}.key", text)):
            # Also of a key that another takes the place of later.
            self.needles[f"{name} {part} {len(self.needles)}"] = value

    def look(self, where, data):
        for name, value in self.needles.items():
            for form in (value, value.hex().encode(), base64.b64encode(value).rstrip(b"=")):
                assert form not in data, f"{name} in {where}"

    def look_into_files(self):
        count = 0
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as file:
                        self.look(path, file.read())
                    count += 1
        return count

    def processes(self):
        """Ours that run now, by the program they run."""
        found = {}
        for number in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.path.realpath(f"/proc/{number}/exe") != os.path.realpath(PROGRAM):
                    continue
                with open(f"/proc/{number}/cmdline", "rb") as file:
                    line = file.read()
                with open(f"/proc/{number}/environ", "rb") as file:
                    environment = file.read()
            except OSError:
                continue
            if self.folder.encode() in line:
                found[int(number)] = line
                self.look(f"argv of {number}", line)
                self.look(f"environment of {number}", environment)
        return found


def limit_of_cores(pid):
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        return next(line.split()[4] for line in file if line.startswith("Max core file size"))


def unlimited():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def wait_until(reached):
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end, "never reached"
        time.sleep(0.01)


def cores(folder):
    return [name for name in os.listdir(folder) if name.startswith("core")]


def office(day):
    one, two = day.passphrase("one"), day.passphrase("two")
    day.run("network", "create", "--name", "Kota", "--new-passphrase-file", one)
    unit = json.loads(day.run("unit", "create", "--name", "IT", "--kind", "it_agency", "--as", "network",
                              "--passphrase-file", one, "--new-passphrase-file", one, "--json"))["id"]
    day.run("procedure", "publish", "p4", "--as", "network", "--passphrase-file", one)
    day.run("device", "create", "kadis", "--title", "Kepala", "--as", "root", "--passphrase-file", one,
            "--new-passphrase-file", two)
    day.run("device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", "--passphrase-file", one,
            "--no-passphrase")
    for name in ("network", "root"):
        day.learn(name, "one")
    day.learn("kadis", "two")
    day.learn("simpul")
    return unit, one, two


def a_day(day, unit, one, two):
    dossier = day.run("new", "p4", "--title", "Satu", "--party", f"applicant={unit}", "--party", f"it={unit}", "--as",
                      "kadis", "--passphrase-file", two)
    with open(two, "rb") as file:
        day.run("comment", dossier, "dari deskriptor", "--as", "kadis", "--passphrase-fd", str(file.fileno()),
                pass_fds=(file.fileno(),))
    day.run("comment", dossier, "salah", "--as", "kadis", "--passphrase-file", one, code=1)
    day.run("unlock", "--as", "kadis", "--passphrase-file", two, "--minutes", "5")
    day.run("comment", dossier, "lewat agen", "--as", "kadis")
    day.run("evidence", "export", dossier, "--change", json.loads(
        day.run("history", dossier, "--json"))[0]["id"], "--out", "bukti")
    day.run("lock", "--as", "kadis")
    three = day.passphrase("three")
    day.run("device", "passphrase", "kadis", "--passphrase-file", two, "--new-passphrase-file", three)
    day.learn("kadis", "three")
    day.run("comment", dossier, "kata sandi baru", "--as", "kadis", "--passphrase-file", three)
    day.run("device", "replace", "kadis", "--lost", "--as", "root", "--passphrase-file", one, "--new-passphrase-file", two)
    day.learn("kadis", "two")
    day.run("comment", dossier, "kunci baru", "--as", "kadis", "--passphrase-file", two)
    assert json.loads(day.run("check", "--json"))["problems"] == []
    return dossier


def check_cores(day, two):
    """Processes that hold an open key are aborted where cores are unlimited: the service, the agent, a command."""
    place = os.path.join(day.folder, "cores")
    os.makedirs(place)
    control = subprocess.Popen(["/bin/sleep", "60"], cwd=place, preexec_fn=unlimited)
    control.send_signal(6)
    control.wait()
    has_cores = bool(cores(place))
    for name in cores(place):
        os.remove(os.path.join(place, name))

    options = {"cwd": place, "env": day.environment, "preexec_fn": unlimited, "stderr": subprocess.PIPE}
    address = os.path.join(day.folder, "address")
    service = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--address-file", address, "--as", "simpul",
                                "--replica", day.home], **options)
    wait_until(lambda: os.path.exists(address) and os.path.getsize(address))
    day.run("sync", open(address, encoding="ascii").read().strip())

    unlock = subprocess.run([PROGRAM, "unlock", "--as", "kadis", "--passphrase-file", two, "--replica", day.home],
                            check=True, **{**options, "stderr": subprocess.DEVNULL}, stdout=subprocess.DEVNULL)
    assert unlock.returncode == 0
    (agent,) = [pid for pid, line in day.processes().items() if line.split(b"\0")[1] == b"agent"]

    # It has opened the key, and waits for the new passphrase for ever.
    reading, writing = os.pipe()
    command = subprocess.Popen([PROGRAM, "device", "passphrase", "kadis", "--passphrase-file", two, "--new-passphrase-fd",
                                str(reading), "--replica", day.home], pass_fds=(reading,), **options)

    def is_waiting():
        with open(f"/proc/{command.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        # Argon2 has run: it takes far more than the start of the program.
        return fields[0] == "S" and int(fields[11]) + int(fields[12]) > 15

    wait_until(is_waiting)
    assert len(day.processes()) == 3
    for pid in (service.pid, agent, command.pid):
        assert limit_of_cores(pid) == "0", pid
        os.kill(pid, 6)
    for process in (service, command):
        day.said += process.communicate()[1]
        assert process.returncode == -6, process.returncode
    wait_until(lambda: agent not in day.processes())
    os.close(reading)
    os.close(writing)
    assert cores(place) == [], cores(place)
    return has_cores


MEASURE = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


def peak(day, path, code):
    """The greatest memory in MiB of a command that opens a key; measured from a small process, since a program's count
    begins with what started it."""
    done = subprocess.run([sys.executable, "-c", MEASURE, PROGRAM, "unlock", "--as", "kadis", "--passphrase-file", path,
                           "--minutes", "1", "--replica", day.home], env=day.environment, capture_output=True, text=True,
                          check=True)
    found, kibibytes = done.stdout.split()[-2:]
    assert int(found) == code, done.stderr
    return int(kibibytes) / 1024, done.stderr


def check_parameters(day, two):
    path = f"{day.home}/keys/kadis.key"
    with open(path, "rb") as file:
        good = file.read()
    header, sealed = cbor2.loads(good)
    highest = 0
    for passes, memory in ((2, 256 * MIB), (1, 256 * MIB), (3, 256 * MIB - 1024), (3, 8 * 1024), (3, 0), (11, 256 * MIB),
                           (3, 1024 * MIB + 1024), (3, 64 << 30), (2**40, 2**50)):
        header[7] = [passes, memory]
        with open(path, "wb") as file:
            file.write(cbor2.dumps([header, sealed], canonical=True))
        used, said = peak(day, two, 1)
        assert "out of bounds" in said, said
        highest = max(highest, used)
    with open(path, "wb") as file:
        file.write(good)
    whole, _ = peak(day, two, 0)
    day.run("lock", "--as", "kadis")
    assert highest < 100 < 256 <= whole, (highest, whole)
    return highest, whole


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-secrets-")
    day = Day(folder)
    try:
        unit, one, two = office(day)
        a_day(day, unit, one, two)
        has_cores = check_cores(day, two)
        highest, whole = check_parameters(day, two)
        day.look("what was printed and logged", day.said)
        count = day.look_into_files()
        # What is looked for can be found: the passphrase files hold it.
        try:
            day.look("", open(two, "rb").read())
            raise SystemExit("the search finds nothing at all")
        except AssertionError:
            pass
        print(f"{len(day.needles)} secrets, {count} files, {len(day.said)} bytes of output: none; aborted with open keys: "
              f"no core ({'others leave one' if has_cores else 'this machine writes none at all'}); changed parameters "
              f"refused with {highest:.0f} MiB, a good file takes {whole:.0f} MiB")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(day.outside, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
