"""The peers with their repository on the other side of a link, each as it goes there by itself: all through ssh."""

import contextlib

import peers
from serving import daemon, kit


class Far:
    """Goes before a peer's class: its repository is then reached through an sshd of its own, while `serving`."""

    # What goes before the repository's path.
    scheme = "ssh://far"

    def __init__(self, home, files, place):
        super().__init__(home)
        self.kit = files
        self.place = place
        self._through = True
        self._path = files.path()

    @property
    def repository(self):
        folder = super().repository
        return f"{self.scheme}{folder}" if self._through else folder

    def environment(self):
        return {**super().environment(), "PATH": self._path}

    def prepare(self):
        return self.local(super().prepare)

    @contextlib.contextmanager
    def serving(self):
        with daemon.sshd(self.kit, self.home, {"PATH": self.kit.path()}, self.place) as (self.server, port):
            self._path = self.kit.path(kit.ssh(self.kit, self.home, self.place.address, port))
            yield

    def settle(self):
        self.server.settle()

    def local(self, command, *arguments):
        """What `command`, one of this tool's, makes for the same repository past the link."""
        self._through = False
        try:
            return command(*arguments)
        finally:
            self._through = True


class Borg(Far, peers.Borg):
    """Borg, whose other side is `borg serve`."""

    def environment(self):
        # The same repository, made and read past the link.
        return {**super().environment(), "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes"}


class BorgSmallChunks(Borg, peers.BorgSmallChunks):
    """… with chunks as small as StreamBack's."""


class Restic(Far, peers.ResticCached):
    """Restic over sftp, with its cache: without one it would read the index over the link each time."""

    name = "restic"
    settings = "repository version 2, with its cache, over sftp"
    scheme = "sftp:far:"


class ResticServed(Restic):
    """Restic over its own protocol, which `rclone serve restic` speaks on the far side of ssh: Debian has no other server of it."""

    name = "restic-rclone"
    settings = "the same, over `ssh … rclone serve restic`"
    packages = ("restic", "rclone")
    scheme = "rclone:"

    def command(self, *arguments):
        first, *rest = arguments
        options = ("-o", "rclone.program=ssh far rclone", "-o", "rclone.args=serve restic --stdio") if self._through else ()
        return super().command(first, *options, *rest)


ALL = (Borg, BorgSmallChunks, Restic, ResticServed)
