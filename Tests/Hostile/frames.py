"""Frames of an honest exchange with bytes changed on the way in: wherever they are met, the connection ends, and no more."""
import random

from arena import attack
from numbers_ import finish, own_dossier
from office import need
from peer import Peer
from wire import Ended

ROUNDS = 150


def mutate(chance, data):
    """One of the ways in which a frame can be wrong."""
    data = bytearray(data)
    way = chance.randrange(6)
    if way == 0 and data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif way == 1:
        del data[chance.randrange(len(data) + 1):]
    elif way == 2:
        data += chance.randbytes(1 + chance.randrange(40))
    elif way == 3 and data:
        data[0] = chance.randrange(256)
    elif way == 4 and data:
        place = chance.randrange(len(data))
        data[place:place + 8] = chance.choice((b"\xff" * 8, b"\x1b" + b"\xff" * 8, b"\x9b" + b"\x00" * 7 + b"\xff", b"\x80" * 8))
    else:
        place = chance.randrange(len(data) + 1)
        data[place:place] = data[:chance.randrange(len(data) + 1)]
    return bytes(data[:65_519])


@attack("frames", "3", "150 exchanges in which one frame is another one, left out or sent twice")
def mutated(scene, service):
    member, chance = scene.members[0], random.Random(20261201)
    dossiers = [own_dossier(scene, member) for _ in range(4)]
    for number in range(ROUNDS):
        peer = Peer(member, service.address, patience=8)
        send, target, sent = peer.wire.send, chance.randrange(14), [0]

        def bent(data, send=send, target=target, sent=sent):
            sent[0] += 1
            if sent[0] - 1 != target:
                return send(data)
            for _ in range(chance.choice((0, 1, 1, 1, 2))):
                send(mutate(chance, data))
            return None

        peer.wire.send = bent
        try:
            # A part of the dossiers, so that what is asked differs from round to round.
            peer.exchange(dossiers[:number % 5])
        except (Ended, AssertionError, KeyError, TypeError, IndexError, ValueError):
            pass
        finish(peer)
        need(service.is_alive(), f"serve ended in round {number}")
