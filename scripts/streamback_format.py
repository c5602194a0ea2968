"""The files, keys and chunks of a StreamBack repository: sections 1 to 4 of docs/design/repository-format.md."""
import base64
import hashlib
import hmac
import json
import os
import re
import struct
import sys
from bisect import bisect_right
from collections import namedtuple
from contextlib import contextmanager
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
CONTENT, STRUCTURE = 1, 2  # classes (3.1), the kinds of their frames (3), the algorithms of their key slots (4)
CLASS_NAMES = {CONTENT: "content", STRUCTURE: "structure"}
FOOTER = 3  # kind (3)
HEAD_SIZE, SLOT_SIZE, TRAILER_SIZE, TAG_SIZE = 64, 128, 32, 16  # bytes (3.1, 3.2, 4.3, AES-GCM)
FRAME_ROW, ENTRY_ROW, ID_SIZE = 32, 60, 32  # bytes (4.2)
NO_BASE = 0xFFFFFFFF  # 4.2
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30  # bytes
MAX_CHUNK, MAX_FRAME, MAX_SEALED_FRAME, MAX_BUNDLE = 4 * MIB, 8 * MIB, 9 * MIB, GIB  # 4.5
MAX_FRAMES, MAX_ENTRIES = 1 << 16, 1 << 20  # 4.5
MAX_KEY_FILE = 64 * KIB  # 4.5; a key file holds the config, so this bounds both
MAX_FOOTER = 48 + FRAME_ROW * MAX_FRAMES + (ENTRY_ROW + ID_SIZE) * MAX_ENTRIES + 4096 + TAG_SIZE  # bytes, sealed (4.2)
ARGON2_MEMORY, ARGON2_PASSES = range(64 * MIB, 4 * GIB + 1, KIB), range(3, 65)  # 2.1
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's (2.2)
FRAMES_CACHED = 16  # 128 MiB at most: a stream mostly walks a few bundles in order, and their bases
DAMAGED, NOT_FOUND, DENIED, UNSUPPORTED = 3, 5, 6, 9  # exit codes
MALFORMED = (KeyError, TypeError, ValueError, RecursionError, struct.error)  # what parsing a wrong form raises


class Failure(Exception):
    """An expected failure, with its exit code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def require(condition, message, code=DAMAGED):
    if not condition:
        raise Failure(code, message)


@contextmanager
def about(what, code=DAMAGED):
    """Names `what` in the failures inside; a wrong form becomes a failure of `code`."""
    try:
        yield
    except Failure as failure:
        raise Failure(failure.code, f"{what}: {failure}") from None
    except MALFORMED as error:
        raise Failure(code, f"{what}: does not have the form it should have: {error!r}") from None


@lru_cache(maxsize=None)  # each message once
def note(message):
    print(f"restore: {message}", file=sys.stderr)


# --- Files (1) ---

def files_in(*folder):
    """The paths of the files in a folder whose names are ids, sorted."""
    folder = os.path.join(*folder)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names if re.fullmatch("[0-9a-f]{64}", name)]


def read_file(path, limit):
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    require(len(data) <= limit, f"has more than {limit} bytes")
    return data


def read_named(path, limit):
    """The bytes of a file whose name is their SHA-256."""
    data = read_file(path, limit)
    digest = hashlib.sha256(data).hexdigest()
    require(digest == os.path.basename(path), f"its bytes hash to {digest}")
    return data


def read_at(file, offset, size):
    file.seek(offset)
    data = file.read(size)
    require(len(data) == size, f"ends at {offset + len(data)}, {size} bytes wanted at {offset}")
    return data


def intact(paths, read):
    """What `read` makes of each path; those it fails for are noted and left out."""
    for path in paths:
        try:
            with about(path):
                yield read(path)
        except (Failure, OSError) as failure:
            note(failure)


def repository_of(config):
    """The repository id in a config file's bytes (1.1)."""
    line, checksum = config[:-65], config[-65:]
    require(hashlib.sha256(line).hexdigest().encode() + b"\n" == checksum, "the config differs from its checksum")
    facts = json.loads(line)
    require(facts["streamback"] == VERSION, f"has format version {facts['streamback']}", UNSUPPORTED)
    require(facts["features"] == [], f"needs the features {facts['features']}", UNSUPPORTED)
    return bytes.fromhex(facts["repository"])


# --- Keys (2) and sealing (3) ---

def hkdf(secret, salt, info):
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info.encode()).derive(secret)


class Key(NamedTuple):
    """The key of one file or key slot."""
    repository: bytes
    id: bytes
    secret: bytes

    def open(self, kind, ordinal, sealed):
        associated = struct.pack("<HB16s16sQ", VERSION, kind, self.repository, self.id, ordinal)
        try:
            return AESGCM(self.secret).decrypt(struct.pack("<4xQ", ordinal), sealed, associated)
        except InvalidTag:
            raise Failure(DAMAGED, f"the part of kind {kind}, ordinal {ordinal}, does not open") from None


# The first bytes of a file (3.1); `key` is its file key, the others are a bundle's.
Head = namedtuple("Head", "key chunk_class slots domain")


class Keys:
    """The keys of a repository, from a key file or a recovery text."""

    def __init__(self, repository, structure, pairs, config=None):
        """`pairs`: (public, private or empty) each; `config`: the key file's copy of the config file."""
        self.repository, self.structure, self.config = repository, structure, config
        self.privates = {hashlib.sha256(public).digest()[:16]: private for public, private in pairs}

    def head(self, data, magic):
        found, version, chunk_class, slots, domain, repository, salt = struct.unpack("<8sHBBI16s32s", data[:HEAD_SIZE])
        require(found == magic, f"begins with {found}, not {magic}")
        require(version == VERSION, f"has format version {version}", UNSUPPORTED)
        require(repository == self.repository, f"is of repository {repository.hex()}")
        require(magic == b"SBBUNDLE" or (chunk_class, slots, domain) == (0, 0, 0), "zero fields are not zero")
        key = Key(repository, salt[:16], hkdf(self.structure, salt, "streamback file"))
        return Head(key, chunk_class, slots, domain)

    def slot(self, data, algorithm):
        """The key of a key slot (3.2), which must be of `algorithm`."""
        key_id, pair_id, found, zeros, sealed = struct.unpack("<16s16sB15s80s", data)
        require(found == algorithm and not any(zeros), f"its key slot has algorithm {found}, not {algorithm}")
        if algorithm == STRUCTURE:
            require(not any(pair_id + sealed[32:]), "zero fields of its key slot are not zero")
            return Key(self.repository, key_id, hkdf(self.structure, sealed[:32], "streamback frame"))
        private = self.privates.get(pair_id)
        require(private, f"is sealed to key pair {pair_id.hex()}, whose private key this key lacks", DENIED)
        try:
            return Key(self.repository, key_id, SealedBox(PrivateKey(private)).decrypt(sealed))
        except CryptoError:
            raise Failure(DAMAGED, "its key slot does not open") from None

    @lru_cache(maxsize=None)
    def _chunk_secret(self, chunk_class, domain):
        return hkdf(self.structure, self.repository, f"streamback chunk id {CLASS_NAMES[chunk_class]} {domain}")

    def chunk_id(self, chunk_class, domain, chunk):
        return hmac.digest(self._chunk_secret(chunk_class, domain), hashlib.sha256(chunk).digest(), "sha256")


def keys_of_file(data, passphrase, wraps):
    """The keys of a key file (2.1). `passphrase`: bytes or None; `wraps`: the ways of wrapping that are allowed."""
    file = json.loads(data)
    known = file["streamback-key"] == 1 and file["holds"] in ("full", "put") and file["wrap"] in wraps
    require(known, f"version {file['streamback-key']}, holds {file['holds']}, wrap {file['wrap']}", UNSUPPORTED)
    repository, config = bytes.fromhex(file["repository"]), base64.b64decode(file["config"], validate=True)
    require(repository_of(config) == repository, "its copy of the config is of another repository")
    secret = base64.b64decode(file["secret"], validate=True)
    if file["wrap"] == "argon2id":
        secret = unwrap(file, repository, config, secret, passphrase)
    version, structure, count = struct.unpack_from("<B32sB", secret)
    size = 64 if file["holds"] == "full" else 32
    require(version == 1 and count > 0 and len(secret) == 34 + count * size, "its secret has a wrong form", DENIED)
    pairs = [(secret[at:at + 32], secret[at + 32:at + size]) for at in range(34, len(secret), size)]
    return Keys(repository, structure, pairs, config)


def unwrap(file, repository, config, sealed, passphrase):
    memory, passes, salt = file["memory"], file["passes"], bytes.fromhex(file["salt"])
    require(passphrase is not None, "needs a passphrase (--passphrase-file, or STREAMBACK_PASSPHRASE)", DENIED)
    bounded = memory in ARGON2_MEMORY and passes in ARGON2_PASSES and len(salt) == 16
    require(bounded, f"wants {memory} bytes of memory, {passes} passes, {len(salt)} bytes of salt", UNSUPPORTED)
    key = nacl.pwhash.argon2id.kdf(32, passphrase, salt, passes, memory)
    associated = b"streamback key 1 " + file["holds"].encode() + repository + hashlib.sha256(config).digest()
    try:
        return AESGCM(key).decrypt(bytes(12), sealed, associated)
    except InvalidTag:
        raise Failure(DENIED, "does not open with this passphrase") from None


def keys_of_recovery(text):
    """The keys of a recovery text (2.2)."""
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    data = b"".join(recovery_line(number, *line) for number, line in enumerate(lines, 1))
    version, repository, structure, count = struct.unpack_from("<B16s32sB", data)
    end = 50 + 32 * count
    whole = version == 1 and count > 0 and len(data) == -(-end // 20) * 20 and not any(data[end:])
    require(whole, f"version {version}, {count} keys in {len(lines)} lines", DENIED)
    privates = [data[at:at + 32] for at in range(50, end, 32)]
    return Keys(repository, structure, [(bytes(PrivateKey(private).public_key), private) for private in privates])


def recovery_line(number, stated, *groups):
    letters = "".join(groups).upper().translate(str.maketrans("OIL", "011"))
    require(stated == str(number) and len(letters) == 36, f"line {number} is not the next one, or not whole", DENIED)
    bits = 0
    for letter in letters:
        bits = bits << 5 | BASE32.index(letter)
    data = (bits >> 20).to_bytes(20, "big")
    check = int.from_bytes(hashlib.sha256(bytes([number]) + data).digest()[:3], "big") >> 4
    require(check == bits & 0xFFFFF, f"line {number} has a wrong letter", DENIED)
    return data


# --- Bundles and chunks (4) ---

def decompress(data, size, base=None):
    """Opens one zstd frame to exactly `size` bytes; `base` is its raw-content prefix."""
    prefix = base and zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    try:
        # A frame that states another size is refused before memory is taken for it.
        stated = zstandard.frame_content_size(data)
        require(stated == size or base and stated == -1, f"zstd states a length of {stated}, not {size}")
        plain = zstandard.ZstdDecompressor(prefix).decompress(data, max_output_size=size, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise Failure(DAMAGED, error) from None
    require(len(plain) == size, f"decompresses to {len(plain)} bytes, not {size}")
    return plain


def read_trailer(file, magic):
    """Offset and sealed length of the last part of a bundle or index file (4.3, 5)."""
    end = os.fstat(file.fileno()).st_size - TRAILER_SIZE
    require(end >= HEAD_SIZE, f"has {end + TRAILER_SIZE} bytes")
    offset, sealed, zero, found = struct.unpack("<QI12s8s", read_at(file, end, TRAILER_SIZE))
    require(found == magic and not any(zero), f"ends with {found}, not {magic}")
    require(offset + sealed == end, f"its trailer points to {offset}, {sealed} bytes")
    return offset, sealed


Frame = namedtuple("Frame", "offset ordinal sealed plain entries slot")
Entry = namedtuple("Entry", "id stored length base")  # base: its chunk id, or None for a plain entry


class Bundle:
    """A bundle's footer, opened. The whole file is not hashed: each part that is used vouches for itself."""

    def __init__(self, path, keys):
        self.path, self.keys = path, keys
        with open(path, "rb") as file:
            data = read_at(file, 0, HEAD_SIZE)
            self.head = keys.head(data, b"SBBUNDLE")
            require(self.head.chunk_class in CLASS_NAMES, f"has class {self.head.chunk_class}", UNSUPPORTED)
            slots = read_at(file, HEAD_SIZE, SLOT_SIZE * self.head.slots)
            offset, sealed = read_trailer(file, b"SBBUNEND")
            require(offset <= MAX_BUNDLE and sealed <= MAX_FOOTER, f"its footer of {sealed} bytes is at {offset}")
            footer = self.head.key.open(FOOTER, 0, read_at(file, offset, sealed))
        self.slots = [slots[at:at + SLOT_SIZE] for at in range(0, len(slots), SLOT_SIZE)]
        self._read_tables(footer, hashlib.sha256(data + slots).digest())
        ends = list(accumulate((frame.sealed for frame in self.frames), initial=HEAD_SIZE + len(slots)))
        gapless = [frame.offset for frame in self.frames] + [offset] == ends
        require(gapless, "its frames have gaps between them, or before the footer")

    def _read_tables(self, footer, digest):
        frames, entries, bases, zero, stated = struct.unpack_from("<IIII32s", footer)
        require(stated == digest, "the head differs from its hash")
        require(frames <= MAX_FRAMES and max(entries, bases) <= MAX_ENTRIES, f"{frames} frames, {entries} entries")
        ends = list(accumulate((FRAME_ROW * frames, ENTRY_ROW * entries, ID_SIZE * bases), initial=48))
        padded = len(footer) == -(-ends[3] // 4096) * 4096 and not any(footer[ends[3]:]) and zero == 0
        require(padded, f"the footer has {len(footer)} bytes, its tables end at {ends[3]}")
        self.frames = [Frame(*row) for row in struct.iter_unpack("<QQIIIB3x", footer[ends[0]:ends[1]])]
        self.entries, self.bases = footer[ends[1]:ends[2]], footer[ends[2]:ends[3]]
        self.starts = list(accumulate((frame.entries for frame in self.frames), initial=0))
        self.count = entries
        require(self.starts[-1] == entries, f"{entries} entries, its frames have {self.starts[-1]}")

    def entry(self, row):
        chunk_id, stored, length, base = struct.unpack_from("<32sIII", self.entries, ENTRY_ROW * row)
        require(base == NO_BASE or base < len(self.bases) // ID_SIZE, f"entry {row} has base {base}")
        return Entry(chunk_id, stored, length, None if base == NO_BASE else self.bases[ID_SIZE * base:][:ID_SIZE])

    def open_frame(self, number):
        """The stored bytes of each entry of a frame (4.1)."""
        frame = self.frames[number]
        require(frame.plain <= MAX_FRAME and frame.sealed <= MAX_SEALED_FRAME, f"frame {number} is too large")
        require(frame.slot < len(self.slots), f"frame {number} has slot {frame.slot}")
        with open(self.path, "rb") as file:
            sealed = read_at(file, frame.offset, frame.sealed)
        chunk_class = self.head.chunk_class
        data = self.keys.slot(self.slots[frame.slot], chunk_class).open(chunk_class, frame.ordinal, sealed)
        codec, zero, plain, entries = struct.unpack_from("<BxHII", data)
        require(codec in (0, 1), f"frame {number} holds chunks and has codec {codec}", UNSUPPORTED)
        same = (zero, plain, entries) == (0, frame.plain, frame.entries)
        require(same, f"the header of frame {number} differs from the footer")
        payload = decompress(data[12:], plain) if codec else data[12:]
        rows = range(self.starts[number], self.starts[number + 1])
        ends = list(accumulate((self.entry(row).stored for row in rows), initial=0))
        require(len(payload) == plain == ends[-1], f"frame {number}: {len(payload)} bytes, its entries have {ends[-1]}")
        return [payload[begin:end] for begin, end in pairwise(ends)]


class Chunks:
    """All chunks of the repository, by the footers of its bundles."""

    def __init__(self, root, keys):
        self.folder, self.keys = os.path.join(root, "bundles"), keys
        self._frame = lru_cache(maxsize=FRAMES_CACHED)(Bundle.open_frame)
        self._scan()

    def _scan(self):
        prefixes = sorted(os.listdir(self.folder)) if os.path.isdir(self.folder) else []
        paths = [path for prefix in prefixes for path in files_in(self.folder, prefix)]
        self.bundles = list(intact(paths, lambda path: Bundle(path, self.keys)))
        self._where = {}  # id -> places, each bundle number * MAX_ENTRIES + entry number
        for number, bundle in enumerate(self.bundles):
            for row in range(bundle.count):
                chunk_id = bundle.entries[ENTRY_ROW * row:][:ID_SIZE]
                self._where[chunk_id] = self._where.get(chunk_id, ()) + (number * MAX_ENTRIES + row,)

    def get(self, chunk_id, chunk_class, domain, as_base=False):
        """A chunk, from the first of its entries that is good; a base only from a plain one."""
        failure = Failure(DAMAGED, f"chunk {chunk_id.hex()} is in no bundle that can be read")
        for again in (False, True):
            for place in self._where.get(chunk_id, ()):
                bundle, row = self.bundles[place // MAX_ENTRIES], place % MAX_ENTRIES
                try:
                    with about(f"{bundle.path}: chunk {chunk_id.hex()}"):
                        return self._read(bundle, row, chunk_id, (chunk_class, domain), as_base)
                except (Failure, OSError) as error:
                    failure = error
                    note(failure)
            if not again:
                self._scan()  # its bundle may have been replaced since it was listed
        raise failure

    def _read(self, bundle, row, chunk_id, kind, as_base):
        entry = bundle.entry(row)
        require((bundle.head.chunk_class, bundle.head.domain) == kind, f"is not of class and domain {kind}")
        require(1 <= entry.length <= MAX_CHUNK, f"has {entry.length} bytes")
        require(entry.base is None or not as_base, "is wanted as a base, and is a delta here")
        frame = bisect_right(bundle.starts, row) - 1
        chunk = self._frame(bundle, frame)[row - bundle.starts[frame]]
        if entry.base is not None:
            chunk = decompress(chunk, entry.length, self.get(entry.base, *kind, as_base=True))
        found = self.keys.chunk_id(*kind, chunk)
        require(len(chunk) == entry.length and found == chunk_id, f"its {len(chunk)} bytes hash to {found.hex()}")
        return chunk
