"""A tar of very many small members, the same for the same number; written by hand, as Python's tarfile would take minutes."""

import random

BLOCK = 512
BIG_FOLDER = 10_000  # members in one folder
IN_FOLDER = 40       # members in each of the others
WORDS = 5_000


def write(path, members):
    """Writes the tar; returns (the folder of 10 000, an ordinary folder, a member of that)."""
    source = random.Random(1)
    words = [bytes(source.choices(b"abcdefghijklmnopqrstuvwxyz", k=source.randint(2, 10))) for _ in range(WORDS)]
    with open(path, "wb", buffering=1 << 20) as out:
        def folder(name):
            out.write(_header(name, 0, 1_700_000_000, b"5", 0o755))

        def file(name):
            text = b" ".join(source.choices(words, k=source.randint(5, 250)))
            out.write(_header(name, len(text), 1_700_000_000 + source.randrange(10_000_000), b"0", 0o644))
            out.write(text + bytes(-len(text) % BLOCK))

        big = min(BIG_FOLDER, members // 4)
        folder(b"many/")
        folder(b"many/big/")
        for number in range(big):
            file(b"many/big/file%05d.txt" % number)
        written, folders, ordinary = big + 2, 0, None
        while written < members:
            name = b"many/%s%d/" % (source.choice(words), folders)
            folder(name)
            folders, written = folders + 1, written + 1
            for number in range(min(IN_FOLDER, members - written)):
                member = name + b"%s-%d.txt" % (source.choice(words), number)
                file(member)
                written += 1
                if folders == members // 100:
                    ordinary = (name.decode(), member.decode())
        out.write(bytes(20 * BLOCK))
    return "many/big", ordinary[0].rstrip("/"), ordinary[1]


def _header(name, size, time, kind, mode):
    head = bytearray(BLOCK)
    head[:len(name)] = name
    head[100:136] = b"%07o\0%07o\0%07o\0%011o\0" % (mode, 1000, 1000, size)
    head[136:157] = b"%011o\0        " % time + kind
    head[257:265] = b"ustar  \0"
    head[265:269] = b"user"
    head[297:302] = b"group"
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)
