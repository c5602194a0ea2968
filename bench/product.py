"""StreamBack itself, embedded: no server, a plain key file, every setting at its default."""

import functools
import os
import pathlib
import shlex
import shutil
import subprocess

from tools import Tool

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts/streamback"
RELEASE = ROOT / ".build/release"


class Missing(Exception):
    """There is no StreamBack to run."""


@functools.cache
def program():
    """The words that start StreamBack: $STREAMBACK, or what the script of this tree builds and starts."""
    words = shlex.split(os.environ.get("STREAMBACK", str(SCRIPT)))
    if not words or shutil.which(words[0]) is None:
        raise Missing(f"No StreamBack at {' '.join(words) or '$STREAMBACK'}: build it, set STREAMBACK, or give --peers-only")
    if words != [str(SCRIPT)]:
        return words
    # Built once: else each command would first look for newer sources, which no peer does.
    subprocess.run([*words, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return [str(RELEASE.resolve() / "streamback")]


class StreamBack(Tool):
    name = "streamback"
    settings = "defaults, embedded, plain key file"

    def environment(self):
        own = {f"XDG_{kind}_HOME": str(self.home / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
        return {**own, "STREAMBACK_REPOSITORY": str(self.repository), "STREAMBACK_KEY_FILE": str(self._key)}

    def prepare(self):
        return [self.command(*program(), "init", "--key-file", self._key)]

    def put(self, snapshot):
        # One name for all, as a nightly job has it.
        return self.command(*program(), "--quiet", "put", "bench")

    def get(self, snapshot, snapshots):
        return self.command(*program(), "--quiet", "get", f"bench@-{snapshots - snapshot + 1}")

    @classmethod
    def version(cls):
        answer = subprocess.run([*program(), "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
        return f"streamback {answer.stdout.strip()}"

    @property
    def _key(self):
        return self.home / "key"
