"""The peers, as Debian has them."""

import packages
from tools import Tool

PASSPHRASE = "correct horse battery staple"


class Peer(Tool):
    """A tool from Debian."""

    @classmethod
    def version(cls):
        return f"{cls.packages[0]} {packages.version(cls.packages[0])}"


class Borg(Peer):
    name = "borg"
    settings = "repokey (AES-CTR, HMAC-SHA-256), zstd 3"
    packages = ("borgbackup",)
    chunker = ()

    def environment(self):
        return {"BORG_PASSPHRASE": PASSPHRASE, "BORG_BASE_DIR": str(self.home / "base")}

    def prepare(self):
        return [self.command("borg", "init", "--encryption", "repokey", self.repository)]

    def put(self, snapshot):
        return self.command("borg", "create", "--compression", "zstd,3", *self.chunker, f"{self.repository}::{snapshot}", "-")

    def get(self, snapshot, snapshots):
        return self.command("borg", "extract", "--stdout", f"{self.repository}::{snapshot}")


class BorgSmallChunks(Borg):
    name = "borg-64k"
    settings = Borg.settings + ", chunks of 64 KiB on average"
    chunker = ("--chunker-params", "buzhash,10,23,16,4095")


class Restic(Peer):
    name = "restic"
    settings = "repository version 2, --no-cache"
    packages = ("restic",)
    cache = ("--no-cache",)

    def environment(self):
        return {"RESTIC_PASSWORD": PASSPHRASE, "RESTIC_REPOSITORY": str(self.repository),
                "RESTIC_CACHE_DIR": str(self.home / "cache")}

    def prepare(self):
        # Version 2 is what compresses.
        return [self.command("restic", *self.cache, "--quiet", "init", "--repository-version", "2")]

    def put(self, snapshot):
        return self.command("restic", *self.cache, "--quiet", "backup", "--stdin", "--tag", f"s{snapshot}")

    def get(self, snapshot, snapshots):
        return self.command("restic", *self.cache, "--quiet", "dump", "--tag", f"s{snapshot}", "latest", "stdin")


class ResticCached(Restic):
    name = "restic-cache"
    settings = "repository version 2, with its cache"
    cache = ()


class Zbackup(Peer):
    name = "zbackup-lzo"
    settings = "lzo"
    packages = ("zbackup",)
    compression = "lzo"

    def prepare(self):
        password = self.home / "password"
        password.write_text(PASSPHRASE)
        return [self.command("zbackup", "init", "--silent", "--password-file", password, self.repository)]

    def put(self, snapshot):
        return self._with_password("backup", "-o", f"bundle.compression_method={self.compression}", snapshot=snapshot)

    def get(self, snapshot, snapshots):
        return self._with_password("restore", snapshot=snapshot)

    def _with_password(self, *arguments, snapshot):
        return self.command("zbackup", *arguments, "--silent", "--password-file", self.home / "password",
                            self.repository / "backups" / str(snapshot))


class ZbackupLzma(Zbackup):
    name = "zbackup-lzma"
    settings = "lzma (its default); one round, the smaller series only"
    compression = "lzma"
    most_rounds = 1
    # At 4 MB/s the larger series would take longer than everything else together.
    most_bytes = 1_200_000_000


class Bup(Peer):
    name = "bup"
    settings = "cannot encrypt: outside the ratios"
    encrypted = False
    packages = ("bup",)

    def environment(self):
        return {"BUP_DIR": str(self.repository)}

    def prepare(self):
        return [self.command("bup", "init")]

    def put(self, snapshot):
        return self.command("bup", "split", "--quiet", "--name", f"s{snapshot}")

    def get(self, snapshot, snapshots):
        return self.command("bup", "join", f"s{snapshot}")


ALL = {peer.name: peer for peer in (Borg, BorgSmallChunks, Restic, ResticCached, Zbackup, ZbackupLzma, Bup)}
