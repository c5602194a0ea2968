"""Whole tars of a wanted length out of the tars of a series: as they are, or as data that nobody has seen."""

import random

BLOCK = 512
END = bytes(2 * BLOCK)
# Types of members that describe the next one: a cut after one would part them.
DESCRIBING = (b"L", b"K", b"x", b"g")
# Types of members with a file's bytes; of what is no tar, everything is.
DATA = (b"0", b"\0", b"")


def cut(source, target, length):
    """Writes the first members of a tar, or the first bytes of anything else, `length` bytes or a little more."""
    with open(target, "wb") as out:
        _fill(out, _pieces(source), length, table=None)


def unseen(source, folder, count, length):
    """Writes `count` tars of `length` bytes or a little more, named 0, 1, …; returns their paths.

    Each goes on in the source where the last one ended. The bytes of its files go through a permutation of its own, so that no chunk
    of one is in another, while lengths, entropy and repetitions stay what they were.
    """
    paths = [folder / str(number) for number in range(count)]
    pieces = _endless(source)
    for number, path in enumerate(paths):
        table = bytes(random.Random(number).sample(range(256), 256))
        with open(path, "wb") as out:
            _fill(out, pieces, length, table)
    return paths


def _fill(out, pieces, length, table):
    for header, data, padding in pieces:
        if table and header[156:157] in DATA:
            data = data.translate(table)
        out.write(header + data + padding)
        if out.tell() >= length and header[156:157] not in DESCRIBING:
            break
    if header:
        out.write(END)


def _endless(source):
    while True:
        yield from _pieces(source)


def _pieces(source):
    """(header, data, padding) of each member; of what is no tar, pieces of 1 MiB with neither."""
    with open(source, "rb") as stream:
        is_tar = stream.read(BLOCK)[257:262] == b"ustar"
        stream.seek(0)
        while is_tar and (header := stream.read(BLOCK)).strip(b"\0"):
            length = int(header[124:135].strip(b"\0 ") or b"0", 8)
            yield header, stream.read(length), stream.read(-length % BLOCK)
        while not is_tar and (data := stream.read(1 << 20)):
            yield b"", data, b""
