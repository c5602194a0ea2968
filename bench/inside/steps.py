"""What is done with a tar of very many members, by each tool in its own way."""

import measure
import packages
from peers import Borg, Restic
from product import StreamBack, program

PATTERN = "file00777.txt"


class Own(StreamBack):
    """StreamBack: the tar goes in as it is."""

    def fill(self, tar, tree, number):
        return measure.put(self.put(number), tar)

    def looks(self, big, folder, member):
        return {
            "list one folder": self._do("ls", "bench", folder),
            "list a folder of 10 000": self._do("ls", "bench", big),
            "list everything": self._do("ls", "-R", "bench"),
            "find a name": self._do("find", PATTERN),
            "one file": self._do("cat", "bench", member),
            "one file as a tar": self._do("get", "bench", member),
            "compare two": self._do("diff", "bench@-2", "bench"),
        }

    def _do(self, *words):
        return self.command(*program(), "--quiet", *words)


class ImportingBorg(Borg):
    """borg: the tar goes in by `import-tar`."""

    def fill(self, tar, tree, number):
        return measure.put(self.command("borg", "import-tar", "--compression", "zstd,3", f"{self.repository}::{number}", "-"), tar)

    def looks(self, big, folder, member):
        archive = f"{self.repository}::2"
        return {
            "list one folder": self.command("borg", "list", "--short", archive, folder),
            "list a folder of 10 000": self.command("borg", "list", "--short", archive, big),
            "list everything": self.command("borg", "list", "--short", archive),
            "find a name": self.command("borg", "list", "--short", archive, f"sh:**/{PATTERN}"),
            "one file": self.command("borg", "extract", "--stdout", archive, member),
            "one file as a tar": self.command("borg", "export-tar", archive, "-", member),
            "compare two": self.command("borg", "diff", f"{self.repository}::1", "2"),
        }


class WalkingRestic(Restic):
    """restic: it reads no tar, so it walks the extracted tree."""

    # With its cache, as people use it: without one, each look reads the whole index.
    settings = "repository version 2, with its cache"
    cache = ()

    def fill(self, tar, tree, number):
        return measure.put(self.command("restic", "--quiet", "backup", "--tag", f"s{number}", tree), "/dev/null")

    def looks(self, big, folder, member):
        root = str(self.tree)
        return {
            "list one folder": self.command("restic", "--quiet", "ls", "latest", f"{root}/{folder}"),
            "list a folder of 10 000": self.command("restic", "--quiet", "ls", "latest", f"{root}/{big}"),
            "list everything": self.command("restic", "--quiet", "ls", "latest"),
            "find a name": self.command("restic", "--quiet", "find", PATTERN),
            "one file": self.command("restic", "--quiet", "dump", "latest", f"{root}/{member}"),
        }


ALL = [Own, ImportingBorg, WalkingRestic]


def ensure():
    packages.ensure(*(package for tool in ALL for package in tool.packages))
