"""Points 6, 7, 8, 10 and 11: what a member pushes to whom it is not for, asks for what is not his, and spoils."""
import os

from arena import attack
from numbers_ import PROCEDURE, attach, own_dossier
from office import need
from peer import Peer
from wire import Ended, ZERO, blake


def count(scene):
    return len(scene.hub.dossiers())


def push(scene, service, dossiers, member=None):
    with Peer(member or scene.members[0], service.address) as peer:
        try:
            peer.exchange(dossiers)
        except Ended:
            pass
        return peer


@attack("places", "6", "a dossier to which the server's unit is no party, by its opener and by a stranger to it")
def strangers_dossier(scene, service):
    first, second = scene.members
    before = count(scene)
    foreign = first.open(PROCEDURE, {"applicant": first.unit, "it": second.unit})
    foreign.add([[1, {1: "title", 2: foreign.committed("Rahasia orang lain")}]])
    for member in (first, second):
        push(scene, service, [foreign], member)
    need(count(scene) == before, "a dossier outside the scope is listed")
    need(not scene.hub.json("search", "Rahasia"), "a dossier outside the scope is found")
    with Peer(second, service.address) as peer:
        peer.exchange()
        need(foreign.id not in peer.received, "a dossier kept apart is relayed")


@attack("places", "6", "70 dossiers to which the server's unit is no party")
def many_strangers(scene, service):
    first, second = scene.members
    before = count(scene)
    for _ in range(2):
        push(scene, service, [first.open(PROCEDURE, {"applicant": first.unit, "it": second.unit}) for _ in range(35)])
    need(count(scene) == before, "dossiers outside the scope are listed")
    own = own_dossier(scene, first, 1)
    push(scene, service, [own])
    need(count(scene) == before + 1, "an ordinary dossier does not arrive any more")


@attack("places", "7", "a file of others by the hash of its bytes")
def file_by_hash(scene, service):
    data = os.urandom(50_000)
    path = os.path.join(scene.folder, "rahasia.bin")
    with open(path, "wb") as file:
        file.write(data)
    scene.dinas.run("attach", scene.dossier, path, "--as", "kaopd")
    scene.honest(service)
    member = scene.members[0]
    dossier = own_dossier(scene, member, 0)
    commitment = attach(dossier, blake(data, "mufakat file"), len(data))
    for _ in range(2):
        with Peer(member, service.address) as peer:
            peer.exchange([dossier], wants=[[dossier.id, commitment, 0]])
            got = b"".join(content[3] for content in peer.answered if len(content) == 4 and isinstance(content[3], bytes))
            need(got not in data or not got, f"{len(got)} bytes of a file of others were served")


@attack("places", "7", "openings and files of a dossier of others, by their commitments")
def places_of_others(scene, service):
    scene.honest(service)
    view = scene.hub.json("show", scene.dossier)
    member = scene.members[0]
    for name in (bytes.fromhex(scene.dossier), os.urandom(32), ZERO):
        with Peer(member, service.address) as peer:
            peer.exchange([], wants=[[name, os.urandom(32)], [name, os.urandom(32), 0], [name]])
            for content in peer.answered:
                is_piece = len(content) == 4 and not isinstance(content[1], list)
                need(is_piece or content[0] != bytes.fromhex(scene.dossier), "an opening of others was served")
                # A definition is published to all; its bytes are no secret.
                need(not is_piece or not content[3] or content[0] in dict(member.definitions.values()).values(),
                     "a piece was served")
    need(view["id"] == scene.dossier, "the dossier is there")


@attack("places", "8", "names of officials and decrees, asked for without a common dossier and after naming a unit")
def names(scene, service):
    first = scene.members[1]
    with Peer(first, service.address) as peer:
        peer.exchange()
        told = list(peer.names)
    dossier = first.open(PROCEDURE, {"applicant": scene.units["Dinas Arsip"], "it": first.unit})
    with Peer(first, service.address) as peer:
        peer.exchange([dossier])
        told += peer.names
    own = own_dossier(scene, first, 1)
    with Peer(first, service.address) as peer:
        peer.exchange([own])
        told += peer.names
    for name in ("Kepala Dinas", "Simpul", "SK 1/2026", "SK 2/2026"):
        need(name not in told, f"{name!r} was told to a unit that has no business with it")


@attack("places", "10", "edits of instances that no act can name")
def instances(scene, service):
    member = scene.members[0]
    dossier = own_dossier(scene, member, 1)
    for instance in ("65536", "18446744073709551616", "0", "007", "-1", "+2", "9" * 60, "x"):
        dossier.add([[1, {1: f"doc/request_letter/{instance}/subject", 2: "x"}],
                     [4, {1: f"doc/request_letter/{instance}/rows", 2: {"a": 1}}]])
    push(scene, service, [dossier])
    scene.hub.run("show", dossier.id.hex())
    scene.hub.run("why", dossier.id.hex(), code=None)
    scene.hub.run("edit", dossier.id.hex(), "request_letter", "subject=Permohonan", "--as", "kadis", code=None)


@attack("places", "11", "a commitment of others repeated, and an export of what repeats it")
def repeated_commitment(scene, service):
    member = scene.members[0]
    dossier = own_dossier(scene, member, 2)
    committed = dossier.committed("Kata asli")
    dossier.add([[7, {1: committed}]])
    dossier.add([[7, {1: [committed[0], 1]}], [7, {1: committed}]])
    push(scene, service, [dossier])
    out = os.path.join(scene.folder, "berkas.evidence")
    if os.path.exists(out):
        os.remove(out)
    done = scene.hub.run("evidence", "export", dossier.id.hex(), "--all", "--out", out, code=None)
    if done.returncode == 0:
        network = scene.members[0].network.hex()
        verified = scene.hub.run("evidence", "verify", out, "--network", network, code=None)
        need(verified.returncode in (0, 2), f"what was exported is refused: {verified.stdout}{verified.stderr}")
