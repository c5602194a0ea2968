#!/usr/bin/python3
"""Reads a StreamBack repository without StreamBack.

Written from docs/design/repository-format.md alone; section numbers below are that page's. It needs Python 3.11
and Debian's python3-cryptography, python3-nacl and python3-zstandard, writes nothing and takes no lock.

`get` writes while it verifies: only exit code 0 says that what was written is the snapshot. Chunks are found by
the bundles' footers, so damaged or lost index files do not matter. Memory: about 250 bytes for each chunk in the
repository, and the opened frames of FRAMES_CACHED.
"""
import argparse
import base64
import hashlib
import hmac
import json
import os
import re
import struct
import sys
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import nacl.pwhash.argon2id
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

VERSION = 1
CLASSES = {1: "content", 2: "structure"}  # 3.1; also the kinds of their frames, section 3
FOOTER, INDEX_PAGE, INDEX_FILTER, INDEX_DIRECTORY, STRUCTURAL_PART, CONTENT_PART = 3, 4, 5, 6, 7, 8
HEAD_SIZE, SLOT_SIZE, TRAILER_SIZE, TAG_SIZE = 64, 128, 32, 16  # bytes; 3.1, 3.2, 4.3, AES-GCM
MAX_CHUNK, MAX_FRAME, MAX_BUNDLE = 4 << 20, 8 << 20, 1 << 30  # bytes; 4.5
MAX_FRAMES, MAX_ENTRIES = 65536, 1 << 20  # in a bundle; 4.5
MAX_SEALED_FRAME = MAX_FRAME + (64 << 10)  # bytes; header, tag and what zstd adds to data it cannot compress
NO_BASE, NO_PAGE_BASE = 0xFFFFFFFF, 0xFFFF  # 4.2, 5
PAGE_SIZE, FILTER_PART_SIZE, DIRECTORY_ORDINAL = 4096, 1 << 20, 1 << 32  # 5
FRAMES_CACHED = 16  # up to 128 MiB; a stream mostly walks a few bundles in order, and their bases
MAX_ARGON2_MEMORY = 4 << 30  # bytes; a planted key file must not take the machine's memory
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's; 2.2


class Failure(Exception):
    """An expected failure; `code` is the exit code."""
    code = 1


class Damaged(Failure):
    code = 3


class Incomplete(Failure):
    code = 4


class NotFound(Failure):
    code = 5


class WrongKey(Failure):
    code = 6


class Unsupported(Failure):
    code = 9


def require(condition, what):
    if not condition:
        raise Damaged(what)


# --- Files (1) ---

def ids_in(folder):
    """The ids that name files in `folder`, sorted; temporary and foreign files are passed over."""
    if not os.path.isdir(folder):
        return []
    return sorted(name for name in os.listdir(folder) if re.fullmatch("[0-9a-f]{64}", name))


def verify_name(path):
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    require(digest == os.path.basename(path), f"{path}: its bytes hash to {digest}")


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def read_named(path):
    data = read_file(path)
    digest = hashlib.sha256(data).hexdigest()
    require(digest == os.path.basename(path), f"{path}: its bytes hash to {digest}")
    return data


def read_at(file, offset, size):
    file.seek(offset)
    data = file.read(size)
    require(len(data) == size, f"{file.name}: ends at {offset + len(data)}, {size} bytes wanted at {offset}")
    return data


def read_config(root):
    """The bytes of the config file, verified; None if it is lost."""
    path = os.path.join(root, "config")
    if not os.path.exists(path):
        return None
    data = read_file(path)
    line, checksum = data[:-65], data[-65:]
    require(hashlib.sha256(line).hexdigest().encode() + b"\n" == checksum, f"{path}: differs from its checksum")
    config = json.loads(line)
    if config["streamback"] != VERSION or config["features"]:
        raise Unsupported(f"{path}: format {config['streamback']}, features {config['features']}")
    return data


# --- Keys (2) ---

def hkdf(secret, salt, info, size=32):
    return HKDF(algorithm=SHA256(), length=size, salt=salt, info=info.encode()).derive(secret)


class Head(NamedTuple):
    """The first 64 bytes of a file (3.1), and the file key they stand for."""
    chunk_class: int
    slots: int
    domain: int
    key: bytes
    key_id: bytes


class Keys:
    """What a key file or a recovery text holds, and what is opened with it."""

    def __init__(self, repository, structure, pairs, config=None):
        """`pairs`: (public key, private key or None) each; `config`: the key file's copy of the config file."""
        self.repository, self.structure, self.config = repository, structure, config
        self.pairs = {hashlib.sha256(public).digest()[:16]: private for public, private in pairs}

    def head(self, data, magic, what):
        found, version, chunk_class, slots, domain, repository, salt = struct.unpack("<8sHBBI16s32s", data)
        require(found == magic, f"{what}: begins with {found}, not {magic}")
        if version != VERSION:
            raise Unsupported(f"{what}: format version {version}")
        require(repository == self.repository, f"{what}: is of repository {repository.hex()}")
        require(magic == b"SBBUNDLE" or not (chunk_class or slots or domain), f"{what}: zero fields are not zero")
        return Head(chunk_class, slots, domain, hkdf(self.structure, salt, "streamback file"), salt[:16])

    def slot_key(self, slot, algorithm, what):
        """The key id and key of a key slot (3.2) that must be of `algorithm`."""
        key_id, pair_id, found, zeros, sealed = struct.unpack("<16s16sB15s80s", slot)
        require(found == algorithm and not any(zeros), f"{what}: its key slot has algorithm {found}, not {algorithm}")
        if algorithm == 2:
            require(not any(pair_id + sealed[32:]), f"{what}: zero fields of its key slot are not zero")
            return key_id, hkdf(self.structure, sealed[:32], "streamback frame")
        if self.pairs.get(pair_id) is None:
            raise WrongKey(f"{what}: is sealed to key pair {pair_id.hex()}, whose private key this key lacks")
        try:
            return key_id, SealedBox(PrivateKey(self.pairs[pair_id])).decrypt(sealed)
        except CryptoError:
            raise Damaged(f"{what}: its key slot does not open") from None

    def open(self, key_id, key, kind, ordinal, sealed, what):
        """Opens a sealed part (3)."""
        associated = struct.pack("<HB16s16sQ", VERSION, kind, self.repository, key_id, ordinal)
        try:
            return AESGCM(key).decrypt(struct.pack("<4xQ", ordinal), sealed, associated)
        except InvalidTag:
            raise Damaged(f"{what}: part of kind {kind}, ordinal {ordinal}, does not open") from None

    @lru_cache(maxsize=None)
    def chunk_secret(self, chunk_class, domain):
        return hkdf(self.structure, self.repository, f"streamback chunk id {CLASSES[chunk_class]} {domain}")

    def chunk_id(self, chunk_class, domain, chunk):
        return hmac.digest(self.chunk_secret(chunk_class, domain), hashlib.sha256(chunk).digest(), "sha256")


def keys_of_file(data, passphrase, what, wraps=("argon2id", "none")):
    """A key file's keys (2.1). `passphrase`: bytes, or None if there is none; `wraps`: the ways of wrapping allowed."""
    try:
        file = json.loads(data)
        if file["streamback-key"] != 1 or file["holds"] not in ("full", "put") or file["wrap"] not in wraps:
            raise Unsupported(f"{what}: version {file['streamback-key']}, holds {file['holds']}, wrap {file['wrap']}")
        repository, config = bytes.fromhex(file["repository"]), base64.b64decode(file["config"], validate=True)
        secret = base64.b64decode(file["secret"], validate=True)
        if file["wrap"] == "argon2id":
            secret = unwrap(file, repository, config, secret, passphrase, what)
        return parse_secret(secret, file["holds"] == "full", repository, config)
    except (ValueError, KeyError, TypeError, struct.error):
        raise WrongKey(f"{what}: is not a key file, or a damaged one") from None


def unwrap(file, repository, config, sealed, passphrase, what):
    if passphrase is None:
        raise WrongKey(f"{what}: needs a passphrase (--passphrase-file, or STREAMBACK_PASSPHRASE)")
    if file["memory"] > MAX_ARGON2_MEMORY:
        raise Unsupported(f"{what}: wants {file['memory']} bytes of memory")
    key = nacl.pwhash.argon2id.kdf(32, passphrase, bytes.fromhex(file["salt"]), file["passes"], file["memory"])
    associated = b"streamback key 1 " + file["holds"].encode() + repository + hashlib.sha256(config).digest()
    try:
        return AESGCM(key).decrypt(bytes(12), sealed, associated)
    except InvalidTag:
        raise WrongKey(f"{what}: does not open with this passphrase") from None


def parse_secret(secret, full, repository, config):
    version, structure, count = struct.unpack_from("<B32sB", secret)
    size = 64 if full else 32
    if version != 1 or count < 1 or len(secret) != 34 + count * size:
        raise ValueError(secret)
    pairs = [(secret[at:at + 32], secret[at + 32:at + size] or None) for at in range(34, len(secret), size)]
    return Keys(repository, structure, pairs, config)


def keys_of_recovery(text, what):
    """The keys of a recovery text (2.2); its lines may come in any order."""
    lines = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        number, _, groups = line.strip().partition(" ")
        letters = re.sub(r"\s", "", groups).upper().translate(str.maketrans("OIL", "011"))
        if not re.fullmatch("[0-9]{1,3}", number) or not re.fullmatch(f"[{BASE32}]{{36}}", letters):
            raise WrongKey(f"{what}: not a line of a recovery text: {number} …")
        bits = 0
        for letter in letters:
            bits = bits << 5 | BASE32.index(letter)
        data, check = (bits >> 20).to_bytes(20, "big"), bits & 0xFFFFF
        digest = hashlib.sha256(bytes([int(number) & 255]) + data).digest()
        if int.from_bytes(digest[:3], "big") >> 4 != check:
            raise WrongKey(f"{what}: line {number} has a wrong letter")
        lines[int(number)] = data
    data = b"".join(lines[number] for number in sorted(lines))
    if sorted(lines) != list(range(1, len(lines) + 1)) or len(data) < 50:
        raise WrongKey(f"{what}: lines are missing; there are {sorted(lines)}")
    version, repository, structure, count = struct.unpack_from("<B16s32sB", data)
    if version != 1 or count < 1 or len(data) != -(-(50 + 32 * count) // 20) * 20 or any(data[50 + 32 * count:]):
        raise WrongKey(f"{what}: version {version}, {count} keys in {len(lines)} lines")
    privates = [data[at:at + 32] for at in range(50, 50 + 32 * count, 32)]
    return Keys(repository, structure, [(bytes(PrivateKey(private).public_key), private) for private in privates])


def find_keys(root, options):
    try:
        passphrase = os.environb.get(b"STREAMBACK_PASSPHRASE")
        if options.passphrase_file:
            passphrase = read_file(options.passphrase_file).removesuffix(b"\n")
        if options.recovery:
            return keys_of_recovery(read_file(options.recovery).decode("utf-8", "replace"), options.recovery)
        if options.key_file:
            return keys_of_file(read_file(options.key_file), passphrase, options.key_file)
    except OSError as error:
        raise WrongKey(error) from None
    refusal = WrongKey(f"{root}: holds no wrapped key; give --key-file or --recovery")
    for name in ids_in(os.path.join(root, "keys")):
        path = os.path.join(root, "keys", name)
        data = read_named(path)
        try:
            # An unwrapped key here proves nothing: who can write files could plant one, and a repository under it.
            return keys_of_file(data, passphrase, path, wraps=("argon2id",))
        except (WrongKey, Unsupported) as failure:
            refusal = failure
    raise refusal


def open_repository(options):
    """The keys, checked against the config file or, if that is lost, the key's copy of it."""
    root = options.repository
    if not os.path.isdir(root):
        raise NotFound(f"{root}: no such folder")
    config = read_config(root)
    keys = find_keys(root, options)
    if config is None:
        if not os.path.isdir(os.path.join(root, "snapshots")):
            raise NotFound(f"{root}: is not a repository")
    elif json.loads(config[:-65])["repository"] != keys.repository.hex():
        raise WrongKey(f"{root}: the key is of repository {keys.repository.hex()}")
    elif keys.config is not None:
        require(keys.config == config, f"{root}/config: differs from the key's copy of it")
    return keys


# --- Bundles and chunks (4) ---

def decompress(data, size, base, what):
    """Opens one zstd frame to exactly `size` bytes; `base` is its raw-content prefix, or None."""
    prefix = base and zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    try:
        # A frame that states another size is refused before memory is taken for it.
        require(zstandard.frame_content_size(data) in (size, -1), f"{what}: zstd states another length than {size}")
        plain = zstandard.ZstdDecompressor(dict_data=prefix).decompress(data, max_output_size=size)
    except zstandard.ZstdError as error:
        raise Damaged(f"{what}: {error}") from None
    require(len(plain) == size, f"{what}: decompresses to {len(plain)} bytes, not {size}")
    return plain


class Frame(NamedTuple):
    offset: int
    ordinal: int
    sealed: int
    plain: int
    entries: int
    slot: int


class Entry(NamedTuple):
    id: bytes
    stored: int
    length: int
    base: bytes | None  # the base's chunk id; None for a plain entry


class Bundle:
    """A bundle's footer, opened. Its name is verified when the first of its frames is opened, or anything is wrong."""

    def __init__(self, path, keys):
        self.path, self.keys, self.verified = path, keys, False
        try:
            with open(path, "rb") as file:
                self._read_footer(file)
        except Failure:
            self._verify_name()
            raise

    def _read_footer(self, file):
        size = os.fstat(file.fileno()).st_size
        require(HEAD_SIZE + TRAILER_SIZE < size <= MAX_BUNDLE, f"{self.path}: has {size} bytes")
        head = read_at(file, 0, HEAD_SIZE)
        self.head = self.keys.head(head, b"SBBUNDLE", self.path)
        if self.head.chunk_class not in CLASSES:
            raise Unsupported(f"{self.path}: class {self.head.chunk_class}")
        slots = read_at(file, HEAD_SIZE, SLOT_SIZE * self.head.slots)
        self.slots = [slots[at:at + SLOT_SIZE] for at in range(0, len(slots), SLOT_SIZE)]
        offset, sealed = read_trailer(file, size, b"SBBUNEND")
        footer = self.keys.open(self.head.key_id, self.head.key, FOOTER, 0, read_at(file, offset, sealed), self.path)
        frames, entries, bases, zero, digest = struct.unpack_from("<IIII32s", footer)
        require(digest == hashlib.sha256(head + slots).digest(), f"{self.path}: the head differs from its hash")
        require(frames <= MAX_FRAMES and entries <= MAX_ENTRIES, f"{self.path}: {frames} frames, {entries} entries")
        ends = list(accumulate((32 * frames, 56 * entries, 32 * bases), initial=48))
        require(len(footer) == -(-ends[3] // 4096) * 4096 and not any(footer[ends[3]:]) and zero == 0,
                f"{self.path}: the footer has {len(footer)} bytes, its tables {ends[3]}")
        self.frames = [Frame(*row[:6]) for row in struct.iter_unpack("<QQIIIB3x", footer[ends[0]:ends[1]])]
        self.entries, self.bases = footer[ends[1]:ends[2]], footer[ends[2]:ends[3]]
        self.starts = list(accumulate((frame.entries for frame in self.frames), initial=0))
        self.count = entries
        require(self.starts[-1] == entries, f"{self.path}: {entries} entries, its frames have {self.starts[-1]}")
        end = HEAD_SIZE + len(slots)
        for frame in self.frames:
            require(frame.offset == end, f"{self.path}: a frame is at {frame.offset}, not {end}")
            require(frame.slot < len(self.slots), f"{self.path}: a frame has slot {frame.slot} of {len(self.slots)}")
            end += frame.sealed
        require(end == offset, f"{self.path}: frames end at {end}, the footer begins at {offset}")

    def _verify_name(self):
        if not self.verified:
            verify_name(self.path)
        self.verified = True

    def entry(self, number):
        chunk_id, stored, length, base = struct.unpack_from("<32sIII", self.entries, 56 * number)
        require(base == NO_BASE or base < len(self.bases) // 32, f"{self.path}: entry {number} has base {base}")
        return Entry(chunk_id, stored, length, None if base == NO_BASE else self.bases[32 * base:32 * base + 32])

    @lru_cache(maxsize=None)
    def _slot_key(self, slot):
        return self.keys.slot_key(self.slots[slot], self.head.chunk_class, self.path)

    def open_frame(self, number):
        """The stored bytes of each entry of a frame (4.1)."""
        self._verify_name()
        frame, what = self.frames[number], f"{self.path}: frame {number}"
        require(frame.plain <= MAX_FRAME and frame.sealed <= MAX_SEALED_FRAME, f"{what}: has {frame.plain} bytes")
        with open(self.path, "rb") as file:
            sealed = read_at(file, frame.offset, frame.sealed)
        data = self.keys.open(*self._slot_key(frame.slot), self.head.chunk_class, frame.ordinal, sealed, what)
        require(len(data) >= 12, f"{what}: has no header")
        codec, zero, plain, entries = struct.unpack_from("<BxHII", data)
        if codec not in (0, 1):
            raise Unsupported(f"{what}: holds chunks and has codec {codec}")
        require((zero, plain, entries) == (0, frame.plain, frame.entries), f"{what}: differs from the footer")
        payload = data[12:] if codec == 0 else decompress(data[12:], plain, None, what)
        rows = range(self.starts[number], self.starts[number + 1])
        ends = list(accumulate((self.entry(row).stored for row in rows), initial=0))
        require(len(payload) == plain == ends[-1], f"{what}: {len(payload)} bytes, its entries have {ends[-1]}")
        return [payload[begin:end] for begin, end in pairwise(ends)]


def read_trailer(file, size, magic):
    """Offset and sealed length of the footer or directory of a file of `size` bytes (4.3, 5)."""
    offset, sealed, zero, found = struct.unpack("<QI12s8s", read_at(file, size - TRAILER_SIZE, TRAILER_SIZE))
    require(found == magic and not any(zero), f"{file.name}: ends with {found}, not {magic}")
    require(offset + sealed == size - TRAILER_SIZE, f"{file.name}: its trailer points to {offset}, {sealed} bytes")
    return offset, sealed


class Chunks:
    """All chunks of the repository, by the footers of its bundles."""

    def __init__(self, root, keys):
        self.keys, self.bundles, self.where = keys, [], {}  # where: id -> bundle number * MAX_ENTRIES + entry number
        folder = os.path.join(root, "bundles")
        for prefix in sorted(os.listdir(folder) if os.path.isdir(folder) else []):
            for name in ids_in(os.path.join(folder, prefix)):
                self.bundles.append(Bundle(os.path.join(folder, prefix, name), keys))
        for number, bundle in enumerate(self.bundles):
            for row in range(bundle.count):
                entry = bundle.entry(row)
                if entry.base is None:  # a plain entry wins: it needs no base, and only it can be one
                    self.where[entry.id] = number * MAX_ENTRIES + row
                else:
                    self.where.setdefault(entry.id, number * MAX_ENTRIES + row)
        self.frame = lru_cache(maxsize=FRAMES_CACHED)(lambda number, frame: self.bundles[number].open_frame(frame))

    def get(self, chunk_id, chunk_class, as_base=False):
        what = f"chunk {chunk_id.hex()}"
        require(chunk_id in self.where, f"{what}: is in no bundle")
        number, row = divmod(self.where[chunk_id], MAX_ENTRIES)
        bundle, entry = self.bundles[number], self.bundles[number].entry(row)
        require(bundle.head.chunk_class == chunk_class, f"{what}: is not of class {CLASSES[chunk_class]}")
        require(entry.length <= MAX_CHUNK, f"{what}: has {entry.length} bytes")
        require(entry.base is None or not as_base, f"{what}: is a base, but only stored as a delta")
        frame = bisect_right(bundle.starts, row) - 1
        chunk = self.frame(number, frame)[row - bundle.starts[frame]]
        if entry.base is not None:
            chunk = decompress(chunk, entry.length, self.get(entry.base, chunk_class, as_base=True), what)
        found = self.keys.chunk_id(chunk_class, bundle.head.domain, chunk)
        require(len(chunk) == entry.length and found == chunk_id, f"{what}: in {bundle.path} hashes to {found.hex()}")
        return chunk

    def stream(self, recipe, what):
        """The chunks of a stored stream (6.1), in order."""
        return self._walk(base64.b64decode(recipe["node"], validate=True), recipe["level"], recipe["length"], what)

    def _walk(self, node, level, length, what):
        require(level >= 0 and len(node) % (40 if level else 32) == 0,
                f"{what}: a node of level {level} has {len(node)} bytes")
        if level == 0:
            parts = (self.get(node[at:at + 32], 1) for at in range(0, len(node), 32))
        else:
            parts = (part for chunk_id, below in struct.iter_unpack("<32sQ", node)
                     for part in self._walk(self.get(chunk_id, 2), level - 1, below, what))
        done = 0
        for part in parts:
            done += len(part)
            yield part
        require(done == length, f"{what}: a node of level {level} has {done} bytes under it, not {length}")


# --- Snapshots (6) ---

class Snapshot:
    """A manifest (6.2), its structural part opened; the content part, which needs a private key, is not."""

    def __init__(self, path, keys):
        self.path, self.id, self.keys, self.data = path, os.path.basename(path), keys, read_named(path)
        require(len(self.data) >= 200, f"{path}: has {len(self.data)} bytes")
        head = keys.head(self.data[:HEAD_SIZE], b"SBSNAPSH", path)
        structural, content = struct.unpack_from("<II", self.data, HEAD_SIZE)
        require(len(self.data) == 200 + structural + content, f"{path}: has {len(self.data)} bytes")
        self.sealed_content = self.data[200 + structural:]
        part = keys.open(head.key_id, head.key, STRUCTURAL_PART, 0, self.data[200:200 + structural], path)
        self.facts = json.loads(part)
        self.name, self.length = self.facts["name"], self.facts["length"]
        self.order = (self.name, self.facts["time"], self.facts["received"], self.id)

    def sha256(self):
        key_id, key = self.keys.slot_key(self.data[72:200], 1, self.path)
        return json.loads(self.keys.open(key_id, key, CONTENT_PART, 0, self.sealed_content, self.path))["sha256"]

    def stream(self, chunks):
        """The stream's bytes, in pieces."""
        kind, streams = self.facts["kind"], self.facts["streams"]
        if kind == "raw":
            return chunks.stream(streams["payload"], f"{self.path}: payload")
        if kind == "tar":
            parts = ("header", "payload", "layout")
            return interleave(*(chunks.stream(streams[part], f"{self.path}: {part}") for part in parts))
        raise Unsupported(f"{self.path}: kind {kind}")


def interleave(header, payload, layout):
    """Puts a tar together again from its three stored streams."""
    header, payload, counts = Source(header), Source(payload), numbers(layout)
    for count in counts:
        yield from header.take(count)
        count = next(counts, None)
        require(count is not None, "A layout ends inside a pair")
        yield from payload.take(count)
    header.finish()
    payload.finish()


def numbers(pieces):
    """LEB128 numbers."""
    value = shift = 0
    for piece in pieces:
        for byte in piece:
            value |= (byte & 127) << shift
            shift += 7
            require(value < 1 << 64 and shift <= 70, "A number in a layout is too large")
            if byte < 128:
                yield value
                value = shift = 0
    require(shift == 0, "A layout ends inside a number")


class Source:
    """Takes counted bytes from pieces of other sizes."""

    def __init__(self, pieces):
        self.pieces, self.rest = pieces, memoryview(b"")

    def take(self, count):
        while count > 0:
            if not self.rest:
                self.rest = memoryview(next(self.pieces, b""))
                require(len(self.rest) > 0, f"A layout wants {count} bytes more than its streams have")
            piece, self.rest = self.rest[:count], self.rest[count:]
            count -= len(piece)
            yield piece

    def finish(self):
        require(not self.rest and next(self.pieces, None) is None, "A layout does not use up its streams")


def snapshots(root, keys):
    folder = os.path.join(root, "snapshots")
    return sorted((Snapshot(os.path.join(folder, name), keys) for name in ids_in(folder)), key=lambda s: s.order)


# --- Index files (5) ---

def check_index(path, keys, bundles):
    """Compares an index file with the footers and its own filter.

    `bundles`: those that exist, by id. Returns the ids of the bundles it names, and how many records were compared.
    """
    verify_name(path)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        require(size >= HEAD_SIZE + TRAILER_SIZE, f"{path}: has {size} bytes")
        head = keys.head(read_at(file, 0, HEAD_SIZE), b"SBINDEX1", path)

        def part(offset, sealed, kind, ordinal):
            return keys.open(head.key_id, head.key, kind, ordinal, read_at(file, offset, sealed), path)

        end, sealed = read_trailer(file, size, b"SBINDEND")
        directory = part(end, sealed, INDEX_DIRECTORY, DIRECTORY_ORDINAL)
        records, pages, named, blocks, zero = struct.unpack_from("<QIIII", directory)
        require(len(directory) == 24 + 32 * named + 8 * pages and zero == 0,
                f"{path}: its directory has {len(directory)} bytes")
        names = [directory[at:at + 32] for at in range(24, 24 + 32 * named, 32)]
        covered = [bundles.get(name) for name in names]
        seen = [bytearray(bundle.count if bundle else 0) for bundle in covered]

        at, bits = HEAD_SIZE + (PAGE_SIZE + TAG_SIZE) * pages, bytearray()
        while len(bits) < 64 * blocks:
            length = min(FILTER_PART_SIZE, 64 * blocks - len(bits))
            bits += part(at, length + TAG_SIZE, INDEX_FILTER, pages + len(bits) // FILTER_PART_SIZE)
            at += length + TAG_SIZE
        require(at == end, f"{path}: its filter ends at {at}, its directory begins at {end}")

        last = b""
        for page in range(pages):
            data = part(HEAD_SIZE + (PAGE_SIZE + TAG_SIZE) * page, PAGE_SIZE + TAG_SIZE, INDEX_PAGE, page)
            count, bases, zero = struct.unpack_from("<HHI", data)
            bases_at = 8 + 48 * count
            require(bases_at + 32 * bases <= PAGE_SIZE and not any(data[bases_at + 32 * bases:]) and zero == 0,
                    f"{path}: page {page} has {count} records, {bases} bases")
            first = directory[24 + 32 * named + 8 * page:][:8]
            require(data[8:16] == first, f"{path}: page {page} begins otherwise than its directory says")
            records -= count
            for record in struct.iter_unpack("<32sIIIHH", data[8:bases_at]):
                chunk_id, bundle, row, length, base, chunk_class = record
                what = f"{path}: page {page}, chunk {chunk_id.hex()}"
                require(last <= chunk_id, f"{what}: is not in order")
                last = chunk_id
                require(in_filter(bits, blocks, chunk_id), f"{what}: is not in the filter")
                require(bundle < named and (base == NO_PAGE_BASE or base < bases),
                        f"{what}: bundle {bundle} of {named}, base {base} of {bases}")
                if covered[bundle] is None:
                    continue
                base = None if base == NO_PAGE_BASE else data[bases_at + 32 * base:][:32]
                require(row < covered[bundle].count and not seen[bundle][row],
                        f"{what}: entry {row} is none, or there twice")
                entry = covered[bundle].entry(row)
                stated = (entry.id, entry.length, entry.base, covered[bundle].head.chunk_class)
                require((chunk_id, length, base, chunk_class) == stated,
                        f"{what}: differs from entry {row} of {covered[bundle].path}")
                seen[bundle][row] = 1
        require(records == 0, f"{path}: its directory counts {records} records more than its pages")
        for name, rows in zip(names, seen):
            require(all(rows), f"{path}: lacks {rows.count(0)} entries of bundle {name.hex()}")
    return names, sum(map(len, seen))


def in_filter(bits, blocks, chunk_id):
    place, word = struct.unpack_from("<QQ", chunk_id)
    block = 64 * (place * blocks >> 64)
    positions = (word >> 9 * i & 511 for i in range(7))
    return blocks > 0 and all(bits[block + bit // 8] >> bit % 8 & 1 for bit in positions)


# --- Commands ---

def list_command(options, keys):
    for snapshot in snapshots(options.repository, keys):
        print(snapshot.id, snapshot.facts["time"], snapshot.name, snapshot.length)


def find(options, keys):
    """The snapshot that NAME or NAME@ID-PREFIX means; the newest, if several do."""
    everything = snapshots(options.repository, keys)
    name, _, prefix = options.name.rpartition("@")
    found = [s for s in everything if s.name == options.name] or \
            [s for s in everything if s.name == name and s.id.startswith(prefix)]
    if not found:
        raise NotFound(f"{options.repository}: no snapshot {options.name}")
    return found[-1]


def get_command(options, keys):
    snapshot = find(options, keys)
    expected = snapshot.sha256()
    length, digest = 0, hashlib.sha256()
    for piece in snapshot.stream(Chunks(options.repository, keys)):
        length += len(piece)
        digest.update(piece)
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
    require(length == snapshot.length, f"{snapshot.path}: the stream has {length} bytes, not {snapshot.length}")
    found = digest.hexdigest()
    require(found == expected, f"{snapshot.path}: the stream hashes to {found}, not {expected}")
    marks = {"truncated", "empty"} & set(snapshot.facts["marks"])
    if marks:
        raise Incomplete(f"{snapshot.path}: is as it was stored, but was marked {', '.join(sorted(marks))} then")


def check_index_command(options, keys):
    bundles = {bytes.fromhex(os.path.basename(b.path)): b for b in Chunks(options.repository, keys).bundles}
    covered = set()
    folder = os.path.join(options.repository, "index")
    for name in ids_in(folder):
        names, records = check_index(os.path.join(folder, name), keys, bundles)
        covered.update(names)
        print(f"{name} {len(names)} bundles, {len(set(names) - set(bundles))} of them gone, {records} records agree")
    print(f"{len(set(bundles) - covered)} bundles are in no index file")


def main():
    parser = argparse.ArgumentParser(description="Reads a StreamBack repository without StreamBack.")
    parser.add_argument("repository", metavar="REPOSITORY")
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--key-file", metavar="FILE")
    key.add_argument("--recovery", metavar="FILE", help="the printed recovery text")
    parser.add_argument("--passphrase-file", metavar="FILE", help="default: the variable STREAMBACK_PASSPHRASE")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list", help="a line for each snapshot").set_defaults(run=list_command)
    get = commands.add_parser("get", help="write a snapshot's stream to standard output")
    get.add_argument("name", metavar="NAME[@ID-PREFIX]")
    get.set_defaults(run=get_command)
    commands.add_parser("check-index", help="compare index files with footers").set_defaults(run=check_index_command)
    options = parser.parse_args()
    try:
        options.run(options, open_repository(options))
        return 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter complains at its end
        return 141
    except Failure as failure:
        message, code = failure, failure.code
    except OSError as error:
        message, code = error, 1
    except (KeyError, TypeError, ValueError, struct.error) as error:
        message, code = f"a part does not have the form it should have: {error!r}", Damaged.code
    print(f"restore: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
