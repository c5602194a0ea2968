"""A way to a repository: a tool with a repository of its own and, while `serving`, a server."""

import contextlib
import dataclasses

from product import StreamBack, program
from tools import Command


@dataclasses.dataclass(frozen=True)
class Place:
    """Where servers run: their address, and the words that lead a command there."""

    address: str = "127.0.0.1"
    inside: tuple = ()


class Way(StreamBack):
    """The embedded repository, without any server; the others build on it."""

    name = "embedded"
    about = "the repository's folder itself, no server"
    # Options of `put`.
    options = ()
    # False where another way has the same get.
    gets = True
    # Whether the far side's CPU time is also in that of the process that the bench waits for.
    far_is_child = False

    def __init__(self, home, files, place=Place()):
        super().__init__(home)
        self.kit = files
        self.place = place
        # Variables by which the client finds its server: known while `serving`.
        self.reach = {}

    @contextlib.contextmanager
    def serving(self):
        """Runs the server, over the repository that `prepare` made."""
        yield

    def far_cpu(self):
        """CPU seconds of the far side so far; called when nothing is going on."""
        return 0.0

    def settle(self):
        """Waits until the far side is done with a client that has ended."""

    @contextlib.contextmanager
    def counting(self):
        """Yields a function that says how many bytes have gone between both sides, either way; None where there is nothing between."""
        yield lambda: None

    def far_environment(self):
        return {**super().environment(), "PATH": self.kit.path()}

    def environment(self):
        return {**self.far_environment(), **self.reach}

    def put(self, snapshot, name="bench"):
        return self.command(*program(), "--quiet", "put", *self.options, name)

    def get(self, snapshot, snapshots, name="bench"):
        return self.command(*program(), "--quiet", "get", f"{name}@-{snapshots - snapshot + 1}")

    def local(self, command, *arguments):
        """A command of this tool on the same repository, past the server."""
        return Command(command(*arguments).arguments, self.far_environment())
