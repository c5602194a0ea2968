"""What the comparison asks of a backup tool, and the list of all tools."""

import dataclasses
import pathlib
import shlex


@dataclasses.dataclass
class Command:
    """A command line with what it needs in its environment."""

    arguments: list
    environment: dict

    def __str__(self):
        return shlex.join(str(argument) for argument in self.arguments)


class Tool:
    """One tool with one repository in `home`, a folder of its own. Snapshots are numbered from 1, in the order of the puts."""

    name = None
    # One line for the page: what was chosen that is not the tool's default.
    settings = ""
    encrypted = True
    packages = ()
    # A tool too slow for every round runs in this many, and only on series of at most this many bytes.
    most_rounds = None
    most_bytes = None

    def __init__(self, home):
        self.home = pathlib.Path(home)

    @property
    def repository(self):
        """The folder whose files are the tool's stored size; caches lie elsewhere in `home`."""
        return self.home / "repository"

    def prepare(self):
        """Commands that make the repository and its key; not timed."""
        raise NotImplementedError

    def put(self, snapshot):
        """The command that stores its standard input as this snapshot."""
        raise NotImplementedError

    def get(self, snapshot, snapshots):
        """The command that writes this one of so many snapshots to standard output."""
        raise NotImplementedError

    @classmethod
    def version(cls):
        """The version as the page shows it."""
        raise NotImplementedError

    def command(self, *arguments):
        return Command([str(argument) for argument in arguments], self.environment())

    def environment(self):
        """Variables besides those every tool inherits."""
        return {}


def stored(repository):
    """Bytes of all files below a repository, each counted by its length."""
    return sum(file.lstat().st_size for file in repository.rglob("*") if file.is_file() and not file.is_symlink())
