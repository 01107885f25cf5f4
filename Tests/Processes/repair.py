"""A laptop is cloned, both go on working, the clone is repaired by a request to the administrator, the original too.

The clone is one that its machine cannot recognise (a snapshot of a whole machine): its mark is forged to fit.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

import cbor2

sys.path.insert(0, os.path.dirname(__file__))
from copies import NO_PASSPHRASE, Office, Server, found  # noqa: E402


def identity(path):
    """Inode and time of birth in nanoseconds, as the mark names a file."""
    shown = subprocess.run(["stat", "-c", "%i %W %w", path], check=True, capture_output=True, text=True).stdout.split()
    fraction = shown[3].split(".")[1] if len(shown) > 3 and "." in shown[3] else "0"
    return [int(shown[0]), int(shown[1]) * 10**9 + int(fraction)]


def forge_mark(folder):
    """What no program of ours does: a mark that fits a copy. The mark is against accidents, not against its owner."""
    path = f"{folder}/mark"
    with open(path, "rb") as file:
        mark = cbor2.load(file)
    os.remove(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    mark[7], mark[8] = identity(f"{folder}/mufakat.sqlite"), identity(path)
    del mark[9]
    mark[9] = hashlib.blake2b(cbor2.dumps(mark, canonical=True), digest_size=32, person=b"mufakat mark\0\0\0\0").digest()
    os.write(descriptor, cbor2.dumps(mark, canonical=True))
    os.close(descriptor)


def certify(admin, laptop, folder, name, kind):
    """Two people carry a file each way."""
    admin.run("device", "certify", f"{folder}/{name}.request", "--replaces", kind, "--out", f"{folder}/{name}.certificate",
              "--as", "root")
    laptop.run("join", f"{folder}/{name}.certificate")


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-repair-")
    try:
        hub, admin, dossier = found(folder)
        # The official's own laptop: no root there.
        original = Office(f"{folder}/original", admin.machine)
        for name, title, extra in (("kabid", "Kepala Bidang", ()), ("nodus", "Simpul laptop", ("--node",))):
            request = f"{folder}/{name}.first"
            original.run("device", "request", name, "--title", title, "--out", request, NO_PASSPHRASE, *extra)
            admin.run("device", "certify", request, "--out", f"{folder}/{name}.joined", "--as", "root")
            original.run("join", f"{folder}/{name}.joined")
        with Server(hub) as server:
            for office in (admin, original):
                assert office.json("sync", server.address)["equal"]
        original.run("comment", dossier, "before the clone", "--as", "kabid")

        clone = Office(f"{folder}/clone", admin.machine)
        subprocess.run(["cp", "-a", original.folder, clone.folder], check=True)
        refused = clone.run("comment", dossier, "x", "--as", "kabid", code=2)
        assert "copy" in refused.stderr, refused.stderr
        forge_mark(clone.folder)

        for office, who, count in ((original, "original", 2), (clone, "clone", 3)):
            for number in range(count):
                office.run("comment", dossier, f"{who} {number}", "--as", "kabid")
        with Server(hub) as server:
            assert original.json("sync", server.address)["markFault"] == ""
            report = original.json("sync", server.address)
            assert report["equal"] and report["markFault"] == "", report
            # The clone sees that its key signed elsewhere, and signs no more; its own work has gone out.
            report = clone.json("sync", server.address)
            assert report["equal"] and report["markFault"] == "peers-hold-more", report
            clone.run("comment", dossier, "x", "--as", "kabid", code=2)
            assert "two places" in clone.run("sync", server.address).stderr
            (proof,) = hub.json("forks")
            assert proof["dossier"] == dossier and proof["name"] == "Kepala Bidang", proof
            assert {proof["first"]["later"], proof["second"]["later"]} == {2, 3}, proof

            # Repair without a root: requests, carried to the administrator and back.
            done = clone.json("repair", "--requests", folder, NO_PASSPHRASE)
            assert done["fault"] == "peers-hold-more" and sorted(done["renewed"]) == ["kabid", "nodus"], done
            assert len(done["requests"]) == 2 and all(item["replaces"] for item in done["requests"]), done
            clone.run("comment", dossier, "not yet", "--as", "kabid", code=2)
            assert admin.json("sync", server.address)["equal"]
            certify(admin, clone, folder, "kabid", "Kepala Bidang")
            certify(admin, clone, folder, "nodus", "Simpul laptop")
            assert "nothing to repair" in clone.run("repair", NO_PASSPHRASE, code=2).stderr
            clone.run("comment", dossier, "new key", "--as", "kabid")
            assert admin.json("sync", server.address)["equal"]

            # Meanwhile the original, which knows nothing of it, signs on; it is refused at its next contact.
            original.run("comment", dossier, "original, too late", "--as", "kabid")
            assert original.run("sync", server.address, code=None).returncode != 0

            # It gets keys of its own, and its work arrives with them.
            for name, title in (("kabid", "Kepala Bidang"), ("nodus", "Simpul laptop")):
                original.run("device", "replace", name, "--requests", folder, NO_PASSPHRASE)
                admin.run("device", "certify", f"{folder}/{name}.request", "--person", title, "--out",
                          f"{folder}/{name}.again", "--as", "root")
                original.run("join", f"{folder}/{name}.again")
            for office in (original, clone, admin, original, clone):
                assert office.json("sync", server.address)["equal"]
            (ended,) = [entry for entry in admin.json("forks")]
            assert ended["ended"], "the forked key has ended"

        offices = (hub, admin, original, clone)
        expected = ["before the clone", "original 0", "original 1", "clone 0", "clone 1", "clone 2", "new key"]
        for office in offices:
            shown = office.run("show", dossier).stdout
            assert all(text in shown for text in expected), shown
            checked = office.json("check")
            assert checked["problems"] == [] and checked["forks"] == 1, checked
        # Signed after the cut: stored everywhere, without effect until the administrator accepts it, then with.
        assert "too late" not in admin.run("show", dossier).stdout
        with Server(hub) as server:
            admin.run("device", "accept", "Kepala Bidang", "--as", "root")
            for office in (admin, original, clone):
                assert office.json("sync", server.address)["equal"]
        hashes = {office.json("show", dossier)["stateHash"] for office in offices}
        assert len(hashes) == 1, hashes
        assert all("original, too late" in office.run("show", dossier).stdout for office in offices)
        print("clone repaired by request, original too: 8 of 8 comments on 4 replicas, states equal, one fork shown")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
