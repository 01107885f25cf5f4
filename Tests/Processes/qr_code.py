"""The QR code that the program shows reads as the fingerprint that it prints: decoded here by the standard (ISO/IEC 18004)
alone, without the library that made it. Format, error correction and quiet zone are checked, not repaired.
"""
import os
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
ZONE = 4
# Codewords, and how many of them correct errors, of codes with one block at level M.
BLOCKS = {1: (26, 10), 2: (44, 16), 3: (70, 26)}


def modules(lines):
    """Half blocks as rows of booleans; the quiet zone has to be there, and light."""
    upper, lower = {"█": 1, "▀": 1, "▄": 0, " ": 0}, {"█": 1, "▀": 0, "▄": 1, " ": 0}
    rows = [[table[cell] for cell in line] for line in lines for table in (upper, lower)]
    width = len(lines[0])
    assert all(len(row) == width for row in rows), "ragged"
    # An odd number of rows leaves half a line over.
    assert len(rows) - width in (0, 1) and not any(any(row) for row in rows[width:])
    rows = rows[:width]
    for place, row in enumerate(rows):
        inside = ZONE <= place < width - ZONE
        assert not any(row[:ZONE] + row[width - ZONE:]) and (inside or not any(row)), "quiet zone"
    return [row[ZONE:width - ZONE] for row in rows[ZONE:width - ZONE]]


def format_of(code):
    """Level and mask, from both copies, which have to agree and to be a word of the BCH code."""
    size = len(code)
    first = [code[8][x] for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [code[y][8] for y in (7, 5, 4, 3, 2, 1, 0)]
    second = [code[y][8] for y in range(size - 1, size - 8, -1)] + [code[8][x] for x in range(size - 8, size)]
    assert first == second, "format"
    word = int("".join(map(str, first)), 2) ^ 0b101010000010010
    rest = word
    for bit in range(14, 9, -1):
        if rest >> bit & 1:
            rest ^= 0b10100110111 << (bit - 10)
    assert rest == 0, "format is no word of its code"
    return word >> 13, word >> 10 & 7


def is_function(size, version, y, x):
    if (y < 9 and x < 9) or (y < 9 and x >= size - 8) or (y >= size - 8 and x < 9):
        return True
    centre = size - 7
    return 6 in (y, x) or (version > 1 and abs(y - centre) <= 2 and abs(x - centre) <= 2)


MASKS = [
    lambda y, x: (y + x) % 2, lambda y, x: y % 2, lambda y, x: x % 3, lambda y, x: (y + x) % 3,
    lambda y, x: (y // 2 + x // 3) % 2, lambda y, x: y * x % 2 + y * x % 3,
    lambda y, x: (y * x % 2 + y * x % 3) % 2, lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
]


def codewords(code, version, mask):
    size, bits, upward = len(code), [], True
    columns = [x for x in range(size - 1, 6, -2)] + [5, 3, 1]
    for right in columns:
        for y in range(size - 1, -1, -1) if upward else range(size):
            for x in (right, right - 1):
                if not is_function(size, version, y, x):
                    bits.append(code[y][x] ^ (MASKS[mask](y, x) == 0))
        upward = not upward
    return [int("".join(map(str, bits[place:place + 8])), 2) for place in range(0, len(bits) // 8 * 8, 8)]


def multiply(a, b):
    product = 0
    while b:
        product ^= a * (b & 1)
        a, b = a << 1 ^ (0x11d if a & 0x80 else 0), b >> 1
    return product


def check_errors(words, count):
    """Every syndrome of the Reed-Solomon code is zero: nothing was misread."""
    root = 1
    for _ in range(count):
        syndrome = 0
        for word in words:
            syndrome = multiply(syndrome, root) ^ word
        assert syndrome == 0, "errors"
        root = multiply(root, 2)


def decode(lines):
    code = modules(lines)
    version, rest = divmod(len(code) - 17, 4)
    assert rest == 0 and version in BLOCKS, len(code)
    level, mask = format_of(code)
    assert level == 0, "level M"
    total, correction = BLOCKS[version]
    words = codewords(code, version, mask)
    assert len(words) == total, len(words)
    check_errors(words, correction)
    bits = "".join(f"{word:08b}" for word in words[:total - correction])
    assert bits[:4] == "0100", "byte mode"
    count = int(bits[4:12], 2)
    return bytes(int(bits[12 + 8 * place:20 + 8 * place], 2) for place in range(count)).decode("ascii")


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-qr-")
    try:
        for number in range(6):
            done = subprocess.run(
                [PROGRAM, "unit", "request", "--name", "Dinas Arsip", "--kind", "applicant", "--no-passphrase", "--qr",
                 "--out", os.path.join(folder, f"{number}.request"), "--replica", os.path.join(folder, str(number))],
                check=True, capture_output=True, text=True)
            identity, *code = done.stdout.splitlines()
            assert "\x1b" not in done.stdout, "colours in a pipe"
            key = identity.split()[1]
            expected = " ".join(key[place:place + 4] for place in range(0, 32, 4))
            assert done.stderr.splitlines()[0].strip() == expected, done.stderr
            read = decode(code)
            assert read == expected, f"{read} is not {expected}"
            # The decoder is no rubber stamp: a module that is flipped does not pass.
            damaged = list(code)
            damaged[9] = damaged[9][:20] + ("▀" if damaged[9][20] != "▀" else " ") + damaged[9][21:]
            try:
                decode(damaged)
            except AssertionError:
                continue
            raise AssertionError("a damaged code was read")
        quiet = subprocess.run([PROGRAM, "network", "create", "--name", "Kota", "--no-passphrase", "--replica",
                                os.path.join(folder, "n")], check=True, capture_output=True, text=True)
        assert len(quiet.stdout.splitlines()) == 1, "a QR code that nobody asked for"
        shown = subprocess.run([PROGRAM, "network", "show", "--qr", "--replica", os.path.join(folder, "n")], check=True,
                               capture_output=True, text=True)
        assert decode(shown.stdout.splitlines()[1:]) == shown.stderr.strip()
        print("7 codes read as the fingerprints beside them")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
