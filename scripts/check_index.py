#!/usr/bin/python3
"""Compares a repository's index files with its bundles' footers: section 5 of docs/design/repository-format.md."""
import hashlib
import os
import struct
import sys

from restore import argument_parser, run
from streamback_format import HEAD_SIZE, MIB, TAG_SIZE, Chunks, about, files_in, read_at, read_trailer, require

PAGE, FILTER, DIRECTORY = 4, 5, 6  # kinds (3)
PAGE_SIZE, FILTER_PART_SIZE, MAX_DIRECTORY = 4096, MIB, 256 * MIB  # bytes; 5, 4.5
DIRECTORY_ORDINAL = 1 << 32
NO_BASE = 0xFFFF


class Index:
    """An index file, its directory and filter opened."""

    def __init__(self, file, keys):
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        require(digest == os.path.basename(file.name), f"its bytes hash to {digest}")
        self.file, self.key = file, keys.head(read_at(file, 0, HEAD_SIZE), b"SBINDEX1").key
        end, sealed = read_trailer(file, b"SBINDEND")
        require(sealed <= MAX_DIRECTORY, f"its directory has {sealed} bytes")
        directory = self.key.open(DIRECTORY, DIRECTORY_ORDINAL, read_at(file, end, sealed))
        self.records, self.pages, named, self.blocks, zero = struct.unpack_from("<QIIII", directory)
        firsts_at = 24 + 32 * named
        require(len(directory) == firsts_at + 8 * self.pages and zero == 0, f"its directory has {len(directory)} bytes")
        self.names = [directory[at:at + 32] for at in range(24, firsts_at, 32)]
        self.firsts = [directory[at:at + 8] for at in range(firsts_at, len(directory), 8)]
        at, self.bits = self._page_at(self.pages), bytearray()
        while len(self.bits) < 64 * self.blocks:
            size = min(FILTER_PART_SIZE, 64 * self.blocks - len(self.bits)) + TAG_SIZE
            self.bits += self.key.open(FILTER, self.pages + len(self.bits) // FILTER_PART_SIZE, read_at(file, at, size))
            at += size
        require(self.blocks > 0 and at == end, f"its filter ends at {at}, its directory begins at {end}")

    @staticmethod
    def _page_at(number):
        return HEAD_SIZE + (PAGE_SIZE + TAG_SIZE) * number

    def rows(self):
        """Each record: chunk id, bundle, entry, chunk length, base (an id or None), class."""
        last, count = b"", 0
        for number, first in enumerate(self.firsts):
            page = self.key.open(PAGE, number, read_at(self.file, self._page_at(number), PAGE_SIZE + TAG_SIZE))
            records, bases, zero = struct.unpack_from("<HHI", page)
            bases_at = 8 + 48 * records
            end = bases_at + 32 * bases
            require(end <= PAGE_SIZE and not any(page[end:]) and zero == 0, f"page {number} has a wrong form")
            require(page[8:16] == first, f"page {number} begins otherwise than the directory says")
            for chunk_id, bundle, entry, length, base, chunk_class in struct.iter_unpack("<32sIIIHH", page[8:bases_at]):
                require(base == NO_BASE or base < bases, f"page {number}: base {base} of {bases}")
                require(last <= chunk_id, f"page {number}: {chunk_id.hex()} is not in order")
                last, count = chunk_id, count + 1
                base_id = None if base == NO_BASE else page[bases_at + 32 * base:][:32]
                yield chunk_id, bundle, entry, length, base_id, chunk_class
        require(count == self.records, f"its directory counts {self.records} records, its pages have {count}")

    def may_hold(self, chunk_id):
        place, word = struct.unpack_from("<QQ", chunk_id)
        block = 64 * (place * self.blocks >> 64)
        positions = (word >> 9 * i & 511 for i in range(7))
        return all(self.bits[block + bit // 8] >> bit % 8 & 1 for bit in positions)


def check(path, keys, bundles):
    """`bundles`: those that exist, by id. Returns the ids of those that the index file names."""
    with about(path), open(path, "rb") as file:
        index = Index(file, keys)
        covered = [bundles.get(name) for name in index.names]
        seen = [bytearray(bundle.count if bundle else 0) for bundle in covered]
        for chunk_id, number, row, *stated in index.rows():
            require(index.may_hold(chunk_id), f"its filter denies {chunk_id.hex()}")
            require(number < len(covered), f"{chunk_id.hex()} is in bundle {number} of {len(covered)}")
            bundle = covered[number]
            if bundle is None:
                continue
            require(row < bundle.count and not seen[number][row], f"{chunk_id.hex()}: entry {row} is none, or repeated")
            entry = bundle.entry(row)
            same = (entry.id, [entry.length, entry.base, bundle.head.chunk_class]) == (chunk_id, stated)
            require(same, f"{chunk_id.hex()} differs from entry {row} of {bundle.path}")
            seen[number][row] = 1
        for name, rows in zip(index.names, seen):
            require(all(rows), f"lacks {rows.count(0)} entries of bundle {name.hex()}")
    gone = covered.count(None)
    print(f"{path}: {len(covered)} bundles, {gone} of them gone, {sum(map(len, seen))} records agree")
    return index.names


def check_command(options, keys):
    bundles = {bytes.fromhex(os.path.basename(b.path)): b for b in Chunks(options.repository, keys).bundles}
    covered = {name for path in files_in(options.repository, "index") for name in check(path, keys, bundles)}
    print(f"{len(set(bundles) - covered)} bundles are in no index file")


if __name__ == "__main__":
    sys.exit(run(check_command, argument_parser("Compares index files with footers.").parse_args()))
