"""Points 4 and 5: little that is sent, and much that it would cost to fold, to index or to load."""
import os

from arena import attack
from member import Device
from numbers_ import own_dossier
from office import need
from peer import Peer
from wire import Ended, Key, commit

# As much as was measured to stop a replica for half a minute (0.67 MB), in change sets that fit their limit.
BOMB = 670_000
OPERATIONS = 500


def push(scene, service, dossier, member=None, patience=60):
    """Gives a dossier to the other side; an end of the connection is an answer too."""
    with Peer(member or scene.members[0], service.address, patience=patience) as peer:
        try:
            peer.exchange([dossier])
        except Ended:
            pass


def others_work(scene, service, honest):
    """Commands about other dossiers answer, and what came is checked to the end."""
    scene.hub.run("list")
    scene.honest(service)
    scene.hub.run("show", honest)
    scene.hub.run("comment", honest, "Catatan rapat", "--as", "kadis")
    scene.honest(service)
    scene.hub.run("check", code=None)


def add_all(dossier, operations, size=0, most=BOMB):
    """Operations in change sets, until they are used up or the bomb is large enough; how many went."""
    batch, bytes_, total, count = [], 0, 0, 0
    for operation, weight in operations:
        batch.append(operation)
        bytes_ += weight
        total += weight
        count += 1
        if len(batch) == OPERATIONS or bytes_ > 40_000:
            dossier.add(batch)
            batch, bytes_ = [], 0
        if total >= most - size:
            break
    if batch:
        dossier.add(batch)
    return count


def dots(dossier, first):
    """Every operation of the change sets from one on."""
    import cbor2
    for name, _, _, envelope in dossier.changes[first:]:
        for index in range(len(cbor2.loads(cbor2.loads(envelope).value[2]).get(7, []))):
            yield [name, index]


@attack("bombs", "4", "0.67 MB of inserts and of removals that name every one of them")
def removals(scene, service):
    dossier = own_dossier(scene, scene.members[0], 0)
    first = len(dossier.changes)
    add_all(dossier, (([2, {1: "attachments", 2: number}], 24) for number in range(100_000)), most=BOMB // 3)
    targets = list(dots(dossier, first))
    add_all(dossier, (([3, {1: "attachments", 2: targets[start:start + 60]}], 60 * 40)
                      for start in range(0, len(targets), 60)))
    push(scene, service, dossier)
    others_work(scene, service, scene.dossier)


@attack("bombs", "4", "0.67 MB of rows, of cells in the last of them, and of their deletion")
def rows(scene, service):
    for code in (5, 6):
        dossier = own_dossier(scene, scene.members[0], 0)
        first = len(dossier.changes)
        add_all(dossier, (([4, {1: "findings", 2: {}}], 16) for _ in range(100_000)), most=BOMB // 4)
        targets = list(dots(dossier, first))
        body = {5: lambda dot: {1: dot, 2: "status", 3: "diterima"}, 6: lambda dot: {1: dot}}[code]
        add_all(dossier, (([code, body(targets[-1 - number % len(targets)])], 56) for number in range(100_000)))
        push(scene, service, dossier)
        others_work(scene, service, scene.dossier)


@attack("bombs", "4", "0.67 MB of writes of one register, one cell, one set, and of paths that nobody reads")
def writes(scene, service):
    for operations in ((([1, {1: "title", 2: number}], 20) for number in range(100_000)),
                       (([1, {1: f"doc/request/{number}/x", 2: 1}], 34) for number in range(100_000)),
                       (([2, {1: f"letter/r/{1 + number % 7}", 2: f"request/{number}"}], 40) for number in range(100_000)),
                       (([7, {1: [os.urandom(32), 1]}], 48) for _ in range(100_000))):
        dossier = own_dossier(scene, scene.members[0], 0)
        add_all(dossier, operations)
        push(scene, service, dossier)
        others_work(scene, service, scene.dossier)


@attack("bombs", "4", "1,500 suspensions and resumptions, erasures and releases of the member's own")
def acts(scene, service):
    member = scene.members[0]
    dossier = own_dossier(scene, member, 0)
    shown = dossier.committed("Teks")
    act = {20: member.mandate, 21: 1, 22: "id", 23: shown, 24: 0}
    for number in range(1_500):
        dossier.add([[30 + number % 2, act]] if number % 3 else
                    [[24, {1: [os.urandom(32) for _ in range(8)], 2: shown, **act}]])
    push(scene, service, dossier)
    others_work(scene, service, scene.dossier)


def forked(scene, member, device, count, with_words):
    dossier = own_dossier(scene, member, 0)
    words = dossier.committed("Kata", key=device.key)
    for _ in range(count):
        # Stated at its own time, so that each is another one.
        dossier.add([[7, {1: words}]] if with_words else [], key=device.key, seq=0, previous=None, deps=[dossier.id],
                    lamport=2, reg=[member.chain.tip], at=len(dossier.changes), moves=False)
    return dossier


@attack("bombs", "5", "3,000 forks of one key at seq 0, by a person's key")
def device_forks(scene, service):
    member = scene.members[0]
    second = Device(member, member.chain, 0, "Staf")
    push(scene, service, forked(scene, member, second, 3_000, True))
    others_work(scene, service, scene.dossier)


@attack("bombs", "5", "3,000 forks of a node's key, without words and with them (these are refused)")
def node_forks(scene, service):
    member = scene.members[0]
    for with_words in (False, True):
        dossier = forked(scene, member, member.node, 3_000, with_words)
        push(scene, service, dossier)
        others_work(scene, service, scene.dossier)


@attack("bombs", "5", "4,000 delegations of one unit, 4 MB; the 65th is refused")
def delegations(scene, service):
    member = scene.members[1]
    chain = member.chain.fork()
    held = len(member.entries)
    for number in range(4_000):
        name, opening = commit(member.root.public, f"Admin {number}")
        chain.add([17, {1: Key().public, 2: os.urandom(16), 3: name}])
        if number < 3:
            member.openings.append(opening)
    with Peer(member, service.address, patience=60) as peer:
        try:
            peer.exchange()
        except Ended:
            pass
    del member.entries[held:]
    rows = [row for row in scene.hub.json("unit", "list") if row["name"] == member.name]
    need(rows, "the unit is not listed any more")
    others_work(scene, service, scene.dossier)


@attack("bombs", "5", "2,000 forks of the own root chain")
def chain_forks(scene, service):
    member = scene.members[1]
    name, _ = commit(member.root.public, "SK")
    held = len(member.entries)
    for number in range(2_000):
        member.chain.fork().add([19, {1: os.urandom(16), 2: "it.head", 3: number, 5: 0, 6: name}])
    with Peer(member, service.address, patience=60) as peer:
        try:
            peer.exchange()
        except Ended:
            pass
    del member.entries[held:]
    others_work(scene, service, scene.dossier)


@attack("bombs", "5", "a change set with 64 parents, 512 operations and 16 entries of the registry, and one beyond each")
def full(scene, service):
    member = scene.members[0]
    for parents, operations in ((64, 512), (65, 1), (1, 513)):
        dossier = own_dossier(scene, member, 0)
        second = Device(member, member.chain, 0, "Staf")
        heads = [dossier.add([], key=second.key, seq=0, previous=None, deps=[dossier.id], lamport=2,
                             reg=[member.chain.tip], at=number, moves=False) for number in range(parents)]
        dossier.add([[1, {1: "title", 2: number}] for number in range(operations)], deps=heads, lamport=3)
        push(scene, service, dossier)
    others_work(scene, service, scene.dossier)
