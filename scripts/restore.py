#!/usr/bin/python3
"""Reads a StreamBack repository without StreamBack.

Written from docs/design/repository-format.md alone; numbers in brackets are that page's sections. It needs
streamback_format.py beside it, Python 3.11, and Debian's python3-cryptography, python3-nacl and python3-zstandard;
it writes nothing and takes no lock.

`get` writes while it verifies: only exit code 0 says that what was written is the snapshot. Chunks are found by the
bundles' footers, so index files do not matter. Damage is named on standard error; it stops `get` (exit code 3) only
where nothing else holds what is missing. Memory: about 300 bytes for each chunk in the repository, and FRAMES_CACHED.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import struct
import sys

from streamback_format import (CONTENT, DAMAGED, DENIED, HEAD_SIZE, MAX_KEY_FILE, MIB, NOT_FOUND, STRUCTURE,
                               UNSUPPORTED, Chunks, Failure, about, files_in, intact, keys_of_file, keys_of_recovery,
                               note, read_file, read_named, repository_of, require)

STRUCTURAL_PART, CONTENT_PART, LABEL = 7, 8, 9  # kinds (3)
MAX_MANIFEST, MAX_LABEL, MAX_LEVEL = 8 * MIB, 4 * MIB, 12  # 4.5
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,15}")  # 6.2
INCOMPLETE = 4  # exit code


# --- Snapshots (6) ---

class Snapshot:
    """A manifest (6.2), its structural part opened; the content part, which needs a private key, is not."""

    def __init__(self, path, keys):
        data = read_named(path, MAX_MANIFEST)
        head = keys.head(data, b"SBSNAPSH")
        structural, content = struct.unpack_from("<II", data, HEAD_SIZE)
        require(len(data) == 200 + structural + content, f"has {len(data)} bytes")
        self.path, self.id, self.keys = path, os.path.basename(path), keys
        self.slot, self.sealed_content = data[72:200], data[200 + structural:]
        self.facts = json.loads(head.key.open(STRUCTURAL_PART, 0, data[200:200 + structural]))
        tie = hashlib.sha256(self.slot + self.sealed_content).hexdigest()
        require(tie == self.facts["contentPart"], "its two parts do not belong together")
        self.name, self.length, self.tags = self.facts["name"], self.facts["length"], list(self.facts["tags"])
        require(NAME.fullmatch(self.name), f"has the name {self.name!r}")
        self.order = (self.name, self.facts["time"], self.facts["received"], self.id)

    def sha256(self):
        return json.loads(self.keys.slot(self.slot, CONTENT).open(CONTENT_PART, 0, self.sealed_content))["sha256"]

    def stream(self, chunks):
        """The stream's bytes, in pieces (6.1)."""
        kind = self.facts["kind"]
        require(kind in ("raw", "tar"), f"has kind {kind}", UNSUPPORTED)
        if kind == "raw":
            return self._stored("payload", chunks)
        return interleave(*(self._stored(name, chunks) for name in ("header", "payload", "layout")))

    def _stored(self, name, chunks):
        recipe = self.facts["streams"][name]
        node, level, domain = base64.b64decode(recipe["node"], validate=True), recipe["level"], recipe["domain"]
        require(0 <= level <= MAX_LEVEL, f"its {name} stream has {level} levels")
        return walk(node, level, recipe["length"], lambda chunk_id, kind: chunks.get(chunk_id, kind, domain))


def walk(node, level, length, get):
    """The chunks under a node of a recipe, in order."""
    if level == 0:
        parts = (get(chunk_id, CONTENT) for chunk_id, in struct.iter_unpack("<32s", node))
    else:
        parts = (part for chunk_id, below in struct.iter_unpack("<32sQ", node)
                 for part in walk(get(chunk_id, STRUCTURE), level - 1, below, get))
    done = 0
    for part in parts:
        done += len(part)
        yield part
    require(done == length, f"a node of level {level} has {done} bytes under it, not {length}")


def interleave(header, payload, layout):
    """Puts a tar together again from its three stored streams."""
    header, payload, counts = Source(header), Source(payload), numbers(layout)
    for count in counts:
        yield from header.take(count)
        count = next(counts, None)
        require(count is not None, "its layout ends inside a pair")
        yield from payload.take(count)
    require(header.used_up() and payload.used_up(), "its layout does not use up its streams")


def numbers(pieces):
    """LEB128 numbers."""
    value = shift = 0
    for piece in pieces:
        for byte in piece:
            value |= (byte & 127) << shift
            shift += 7
            require(value < 1 << 64 and shift <= 70, "a number in its layout is too large")
            if byte < 128:
                yield value
                value = shift = 0
    require(shift == 0, "its layout ends inside a number")


class Source:
    """Takes counted bytes from pieces of other sizes."""

    def __init__(self, pieces):
        self.pieces, self.rest = pieces, memoryview(b"")

    def take(self, count):
        while count > 0:
            if not self.rest:
                self.rest = memoryview(next(self.pieces, b""))
                require(len(self.rest) > 0, f"its layout wants {count} bytes more than its streams have")
            piece, self.rest = self.rest[:count], self.rest[count:]
            count -= len(piece)
            yield piece

    def used_up(self):
        return not self.rest and next(self.pieces, None) is None


def read_label(path, keys):
    """What a label says, with the label's place among those of its snapshot (6.3)."""
    data = read_named(path, MAX_LABEL)
    head = keys.head(data, b"SBLABEL1")
    sealed, = struct.unpack_from("<I", data, HEAD_SIZE)
    require(len(data) == HEAD_SIZE + 4 + sealed, f"has {len(data)} bytes")
    label = json.loads(head.key.open(LABEL, 0, data[HEAD_SIZE + 4:]))
    return (label["time"], os.path.basename(path)), label["snapshot"], label["add"], label["remove"]


def snapshots(root, keys):
    """The snapshots in order, with their labels applied, and how many manifests could not be read."""
    paths = files_in(root, "snapshots")
    found = sorted(intact(paths, lambda path: Snapshot(path, keys)), key=lambda snapshot: snapshot.order)
    by_id = {snapshot.id: snapshot for snapshot in found}
    for _, labelled, add, remove in sorted(intact(files_in(root, "labels"), lambda path: read_label(path, keys))):
        if snapshot := by_id.get(labelled):
            snapshot.tags = [tag for tag in snapshot.tags if tag not in add + remove] + add
    return found, len(paths) - len(found)


# --- Commands ---

def find_keys(root, options):
    passphrase = os.environb.get(b"STREAMBACK_PASSPHRASE") or None
    if options.passphrase_file:
        passphrase = read_file(options.passphrase_file, MAX_KEY_FILE).split(b"\n")[0].removesuffix(b"\r")
    if options.recovery:
        with about(options.recovery, DENIED):
            return keys_of_recovery(read_file(options.recovery, MAX_KEY_FILE).decode())
    if options.key_file:
        with about(options.key_file, DENIED):
            return keys_of_file(read_file(options.key_file, MAX_KEY_FILE), passphrase, ("none", "argon2id"))
    # An unwrapped key in the repository proves nothing: who can write files could plant one, and data under it.
    found = intact(files_in(root, "keys"),
                   lambda path: keys_of_file(read_named(path, MAX_KEY_FILE), passphrase, ("argon2id",)))
    keys = next(found, None)
    require(keys, f"{root}: no key in it opens; give --passphrase-file, --key-file or --recovery", DENIED)
    return keys


def open_repository(options):
    """The keys, checked against the config file; if that is damaged or lost, the key's copy of it stands for it."""
    path, snapshots = (os.path.join(options.repository, name) for name in ("config", "snapshots"))
    require(os.path.isfile(path) or os.path.isdir(snapshots), f"{options.repository}: is no repository", NOT_FOUND)
    keys = find_keys(options.repository, options)
    try:
        with about(path):
            config = read_file(path, MAX_KEY_FILE)
            require(repository_of(config) == keys.repository, f"the key is of {keys.repository.hex()}", DENIED)
            require(keys.config in (None, config), "differs from the key's copy of it")
    except (Failure, OSError) as failure:
        if getattr(failure, "code", DAMAGED) != DAMAGED:
            raise
        note(failure)
    return keys


def list_command(options, keys):
    found, unreadable = snapshots(options.repository, keys)
    for snapshot in found:
        print(snapshot.id, snapshot.facts["time"], snapshot.name, snapshot.length, *snapshot.tags)
    require(not unreadable, f"{options.repository}: {unreadable} more manifests could not be read")


def get_command(options, keys):
    snapshot = find(options, keys)
    with about(snapshot.path):
        expected, length, digest = snapshot.sha256(), 0, hashlib.sha256()
        for piece in snapshot.stream(Chunks(options.repository, keys)):
            length += len(piece)
            digest.update(piece)
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        require(length == snapshot.length, f"the stream has {length} bytes, not {snapshot.length}")
        require(digest.hexdigest() == expected, f"the stream hashes to {digest.hexdigest()}, not {expected}")
        marks = {"truncated", "empty"}.intersection(snapshot.facts["marks"])
        require(not marks, f"is marked {', '.join(sorted(marks))}: these are all its bytes", INCOMPLETE)


def find(options, keys):
    """The snapshot that NAME, its newest, or NAME@ID-PREFIX means."""
    found, unreadable = snapshots(options.repository, keys)
    name, _, prefix = options.name.partition("@")
    matching = [snapshot for snapshot in found if snapshot.name == name and snapshot.id.startswith(prefix)]
    # An older snapshot must not pass for the newest.
    require(prefix or not unreadable, "a manifest that could not be read may be the newest; name one as NAME@ID")
    require(matching, f"{options.repository}: no snapshot {options.name}", NOT_FOUND)
    return matching[-1]


def run(command, options):
    """Runs a command on an opened repository and returns the exit code."""
    try:
        command(options, open_repository(options))
        sys.stdout.flush()
        return 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter complains at its end
        return 141
    except (Failure, OSError) as failure:
        note(failure)
        return getattr(failure, "code", 1)


def argument_parser(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("repository", metavar="REPOSITORY")
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--key-file", metavar="FILE")
    key.add_argument("--recovery", metavar="FILE", help="the printed recovery text, typed in")
    parser.add_argument("--passphrase-file", metavar="FILE", help="default: the variable STREAMBACK_PASSPHRASE")
    return parser


def main():
    parser = argument_parser("Reads a StreamBack repository without StreamBack.")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list", help="a line for each snapshot").set_defaults(command=list_command)
    get = commands.add_parser("get", help="write a snapshot's stream to standard output")
    get.add_argument("name", metavar="NAME[@ID-PREFIX]")
    get.set_defaults(command=get_command)
    options = parser.parse_args()
    return run(options.command, options)


if __name__ == "__main__":
    sys.exit(main())
