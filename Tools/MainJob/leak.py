"""What the first vendor's connection carried: nothing of the second vendor's dossier, no internal note of the others."""
import glob
import io
import os

import cbor2
from office import need
from p6 import SECRET


def frames(path):
    with open(path, "rb") as file:
        data = file.read()
    place = 0
    while place < len(data):
        size = int.from_bytes(data[place + 1:place + 5], "big")
        yield data[place:place + 1] == b"<", data[place + 5:place + 5 + size]
        place += 5 + size


def counts(frame):
    """Dossier counts in HELLO (1) and CLOSE (16), Protocol 6 section 3."""
    if not frame or frame[0] not in (1, 16):
        return []
    stream, items = io.BytesIO(frame[1:]), []
    while stream.tell() < len(frame) - 1:
        items.append(cbor2.load(stream))
    return [items[3]] if frame[0] == 1 else [items[1]]


def check(folder, offices, units, dossier, secret, tell):
    needles = [bytes.fromhex(secret), bytes.fromhex(secret)[:8], bytes.fromhex(secret)[:6], bytes.fromhex(units["vendor-2"])]
    needles += [text.encode() for text in SECRET]
    needles += [b"Catatan internal Diskominfo", b"Catatan internal OPD"]
    total, seen = 0, set()
    paths = sorted(glob.glob(os.path.join(folder, "vendor-frames-*")))
    need(len(paths) == 6, f"six recorded connections: {paths}")
    shared = 0
    for path in paths:
        for is_received, frame in frames(path):
            total += len(frame)
            if is_received:
                seen.update(counts(frame))
            shared += bytes.fromhex(dossier) in frame
            for needle in needles[:3] + needles[4:]:
                need(needle not in frame, f"{needle!r} in {os.path.basename(path)}")
    need(shared > 0, "the shared dossier is in the frames, so the search finds what is there")
    need(seen == {1}, f"the vendor is told of one dossier and no more: {seen}")
    need(offices["hub"].json("list") and len(offices["vendor"].json("list")) == 1, "one dossier at the vendor")
    tell(f"Dalam {total} byte bingkai terang penyedia satu: tidak ada id, awalan, jumlah, nama atau teks dari berkas "
         "penyedia dua, dan tidak ada catatan internal.")
