"""Enrolment at a terminal and when it is interrupted: whoever did not compare fingerprints admits nobody, passphrases are
not echoed, an input that ends leaves nothing behind, and a disk that fills up half-way leaves what can be finished by
the commands that were printed.
"""
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "id_ID.UTF-8"}
FOUND = ["dirikan", "Kota Contoh", "Diskominfo", "it_agency", "it.head", "Kepala Dinas", "kadis", "SK 1", "t", "y"]
SECRET = "kuda baterai staples"


def run(folder, *arguments, answers=None, code=0):
    done = subprocess.run([PROGRAM, *arguments], cwd=folder, env={**ENVIRONMENT, "HOME": folder}, capture_output=True,
                          text=True, input=answers, stdin=None if answers is not None else subprocess.DEVNULL,
                          check=False)
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


class Terminal:
    """The program at a terminal of its own; what it shows is read until it asks, then answered."""

    def __init__(self, folder, *arguments):
        self.shown, self.process, self.terminal = "", *pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execve(PROGRAM, [PROGRAM, *arguments], {**ENVIRONMENT, "HOME": folder})

    def read(self):
        try:
            data = os.read(self.terminal, 4096)
        except OSError:
            # The other side is closed.
            data = b""
        self.shown += data.decode(errors="replace")
        return data

    def answer(self, question, text):
        start = len(self.shown)
        while question not in self.shown[start:]:
            assert self.read(), f"never asked: {question}\n{self.shown}"
        os.write(self.terminal, (text + "\n").encode())

    def end(self):
        while self.read():
            pass
        status = os.waitpid(self.process, 0)[1]
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)


def compare_at_a_terminal(folder):
    run(folder, "network", "create", "--name", "Kota", "--no-passphrase", "--replica", "hub")
    run(folder, "unit", "create", "--name", "Diskominfo", "--kind", "it_agency", "--as", "network", "--no-passphrase",
        "--replica", "hub")
    run(folder, "unit", "request", "--name", "Dinas Arsip", "--kind", "applicant", "--no-passphrase", "--out",
        "arsip.request", "--replica", "opd")
    admit = ["unit", "admit", "arsip.request", "--as", "network", "--out", "arsip.invitation", "--replica", "hub"]
    for no in ("t", "", "mungkin"):
        terminal = Terminal(folder, *admit)
        terminal.answer("(y/t) [t]", no)
        assert terminal.end() == 2, terminal.shown
        assert "belum dibandingkan" in terminal.shown and "Dinas Arsip (applicant)" in terminal.shown
        # The code is black on white, whatever the terminal's colours are.
        assert terminal.shown.count("\x1b[30;107m") == 19 == terminal.shown.count("\x1b[0m"), terminal.shown
        assert not os.path.exists(os.path.join(folder, "arsip.invitation"))
        assert len(json.loads(run(folder, "unit", "list", "--json", "--replica", "hub").stdout)) == 1
    terminal = Terminal(folder, *admit)
    terminal.answer("(y/t) [t]", "y")
    assert terminal.end() == 0, terminal.shown
    join = ["join", "arsip.invitation", "--as", "root", "--replica", "opd"]
    terminal = Terminal(folder, *join)
    terminal.answer("(y/t) [t]", "t")
    assert terminal.end() == 2, terminal.shown
    assert json.loads(run(folder, "unit", "list", "--json", "--replica", "opd").stdout) == []
    terminal = Terminal(folder, *join)
    terminal.answer("(y/t) [t]", "ya")
    assert terminal.end() == 0, terminal.shown


def guided_at_a_terminal(folder):
    terminal = Terminal(folder, "init", "--guided", "--replica", "kantor")
    for answer in FOUND:
        terminal.answer("]: ", answer)
    names = ["network", "root", "kadis"]
    # A slip is forgiven; for the others the same twice.
    terminal.answer("(network): ", SECRET)
    terminal.answer("(network, 2×): ", SECRET + "!")
    for name in names:
        terminal.answer(f"({name}): ", SECRET)
        terminal.answer(f"({name}, 2×): ", SECRET)
    assert terminal.end() == 0, terminal.shown
    assert SECRET not in terminal.shown and "kedua kata sandi tidak sama" in terminal.shown
    refused = run(folder, "mandate", "grant", "kadis", "--role", "it.head", "--instrument", "x", "--as", "root",
                  "--replica", "kantor", code=1)
    assert "kata sandi diperlukan" in refused.stderr
    listed = json.loads(run(folder, "mandate", "list", "--json", "--replica", "kantor").stdout)
    assert [row["role"] for row in listed] == ["it.head"]
    # Never asked where nobody can type: by option or not at all, and before anything is made.
    silent = run(folder, "init", "--guided", "--replica", "lain", answers="\n".join(FOUND) + "\n", code=1)
    assert "kata sandi diperlukan" in silent.stderr, silent.stderr
    assert not os.path.exists(os.path.join(folder, "lain"))


def input_that_ends(folder):
    for count in range(len(FOUND)):
        for end in ("", FOUND[count]):
            # Also in the middle of a line: half an answer is none.
            answers = "".join(answer + "\n" for answer in FOUND[:count]) + end
            done = run(folder, "init", "--guided", "--no-passphrase", "--replica", "belum", answers=answers, code=1)
            assert "masukan berakhir; tidak ada yang dibuat" in done.stderr, done.stderr
            assert not os.path.exists(os.path.join(folder, "belum")), f"after {count} answers"


def disk_that_fills(folder):
    """At every size of the largest file that may be written, until it is enough."""
    stopped, kilobytes = set(), 8
    while True:
        replica = f"penuh-{kilobytes}"
        command = f"ulimit -f {kilobytes}; exec \"$0\" init --guided --no-passphrase --replica {replica}"
        done = subprocess.run(["bash", "-c", command, PROGRAM], cwd=folder, env={**ENVIRONMENT, "HOME": folder},
                              input="\n".join(FOUND) + "\n", capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
        assert "mufakat: disk penuh" in done.stderr, done.stderr
        made, rest = re.search(r"Terhenti\.(.*?)\nBila penyebabnya sudah diatasi, teruskan dengan:\n(.*?)\nmufakat:",
                               done.stderr, re.S).groups()
        stopped.add(made.count("\n"))
        for line in rest.splitlines():
            finish = line.strip().replace("mufakat ", f"'{PROGRAM}' ", 1)
            finished = subprocess.run(["bash", "-c", finish], cwd=folder, env={**ENVIRONMENT, "HOME": folder},
                                      capture_output=True, text=True, check=False)
            assert finished.returncode == 0, f"{kilobytes} kB: {line}\n{finished.stderr}"
        expect_whole(folder, replica)
        kilobytes += 16
    expect_whole(folder, replica)
    assert len(stopped) > 2, f"it stopped after {sorted(stopped)} steps only"
    print(f"stopped by a full disk after {sorted(stopped)} steps, and finished by the commands printed")


def expect_whole(folder, replica):
    def rows(*words):
        return json.loads(run(folder, *words, "--json", "--replica", replica).stdout)

    assert [(row["name"], row["own"]) for row in rows("unit", "list")] == [("Diskominfo", True)]
    assert sorted(row["name"] for row in rows("device", "list")) == [
        "kadis", "network", "network.2", "root", "root.2", "simpul"]
    assert [(row["role"], row["instrument"]) for row in rows("mandate", "list")] == [("it.head", "SK 1")]
    assert len(rows("procedure", "list")) == 7
    assert rows("check")["problems"] == []


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-enrol-")
    try:
        compare_at_a_terminal(folder)
        guided_at_a_terminal(folder)
        input_that_ends(folder)
        disk_that_fills(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
