"""Point 1: who is not known takes no place, no memory and no rest."""
import os
import random
import socket
import struct
import threading
import time

from arena import attack
from office import Service, need, until
from peer import Peer
from wire import Ended, Wire, encode


def connect(address, patience=20):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=patience)


def ended(sock):
    """Reads to the end of a connection; whether the other side ended it."""
    try:
        while sock.recv(65536):
            pass
    except (ConnectionError, TimeoutError) as error:
        return not isinstance(error, TimeoutError)
    return True


@attack("strangers", "1", "66 connections that send nothing")
def silent(scene, service):
    connections = [connect(service.address) for _ in range(66)]
    scene.honest(service)
    for connection in connections:
        need(ended(connection), "a silent connection was never ended")
        connection.close()


@attack("strangers", "1", "300 connections that are closed at once, before, within and after the handshake")
def hasty(scene, service):
    for count in range(300):
        sock = connect(service.address)
        if count % 3 == 1:
            sock.sendall(struct.pack(">H", 32)[:1 + count % 2])
        if count % 3 == 2:
            sock.sendall(struct.pack(">H", 32) + os.urandom(32))
        # A reset rather than a regular end.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()


@attack("strangers", "1", "16 handshakes at a byte in 0.3 s")
def slow(scene, service):
    connections = [connect(service.address) for _ in range(16)]
    message, started, sent = struct.pack(">H", 32) + os.urandom(32), time.monotonic(), 0
    alive = list(connections)
    while alive and sent < len(message):
        for connection in list(alive):
            try:
                connection.sendall(message[sent:sent + 1])
            except OSError:
                alive.remove(connection)
        sent += 1
        if sent == 3:
            scene.honest(service)
        time.sleep(0.3)
    for connection in connections:
        need(ended(connection), "a slow handshake was never ended")
        connection.close()
    need(time.monotonic() - started < 30, "slow handshakes are waited for")


@attack("strangers", "1", "handshakes without an identity, with a wrong one, and with garbage of full length")
def nameless(scene, service):
    member, generator = scene.members[0], random.Random(1)
    waiting = []
    for count in range(40):
        wire = Wire(service.address, member.network).initiate()
        if count % 4 == 0:
            waiting.append(wire)
            continue
        data = [b"", generator.randbytes(65_519), encode([b"x"] * 9_000)][count % 4 - 1]
        try:
            wire.send(data)
        except Ended:
            pass
        need(ended(wire.socket), "garbage instead of an identity was never answered by an end")
        wire.close()
    for wire in waiting:
        need(ended(wire.socket), "a handshake without an identity was never ended")
        wire.close()


@attack("strangers", "1", "first messages of other lengths, of zeroes, of another network, and frames that do not decrypt")
def bad_handshakes(scene, service):
    member = scene.members[0]
    for message in (b"", b"\0" * 31, b"\0" * 32, b"\0" * 33, b"\xff" * 65_535, bytes([1]) + bytes(31)):
        with connect(service.address) as sock:
            sock.sendall(struct.pack(">H", len(message)) + message)
            need(ended(sock), f"a first message of {len(message)} bytes was not refused")
    for network in (bytes(32), os.urandom(32)):
        try:
            wire = Wire(service.address, network)
            wire.initiate()
            raise AssertionError("another prologue was taken")
        except (Ended, ValueError):
            pass
        except Exception as error:  # The tag of another prologue does not fit.
            need(type(error).__name__ == "InvalidTag", f"{error!r}")
        wire.close()
    for length in (0, 1, 15, 16, 17, 65_535):
        wire = Wire(service.address, member.network).initiate()
        wire.write(os.urandom(length))
        need(ended(wire.socket), f"a frame of {length} bytes that does not decrypt was taken")
        wire.close()


@attack("strangers", "1", "few descriptors (64): 200 connections, then an honest peer", own_service=True)
def descriptors(scene, _):
    with Service(scene.hub, descriptors=64) as service:
        scene.honest(service)
        before = service.descriptor_count()
        connections = []
        for _ in range(200):
            try:
                connections.append(connect(service.address, patience=5))
            except OSError:
                break
        need(service.is_alive(), f"too few descriptors end serve: {service.process.poll()}")
        for connection in connections:
            connection.close()
        until(lambda: service.descriptor_count() <= before + 4, "descriptors are given back", 30)
        scene.honest(service)
        service.end()


@attack("strangers", "1", "SIGTERM during accepts, five times", own_service=True)
def terminated(scene, _):
    for count in range(5):
        with Service(scene.hub) as service:
            over = threading.Event()

            def knock():
                while not over.is_set():
                    try:
                        sock = connect(service.address, patience=2)
                        sock.sendall(b"\0")
                        sock.close()
                    except OSError:
                        return

            with Peer(scene.members[0], service.address) as peer:
                threads = [threading.Thread(target=knock, daemon=True) for _ in range(8)]
                for thread in threads:
                    thread.start()
                waiting = [connect(service.address) for _ in range(count * 8)]
                try:
                    service.end(expected=(0, -15))
                finally:
                    over.set()
                    for thread in threads:
                        thread.join()
                    for sock in waiting:
                        sock.close()
                peer.close()
