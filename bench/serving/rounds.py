"""What all parts share: where a repository lives, and how a part says what it does."""

import contextlib
import pathlib
import sys
import tempfile

import measure


@contextlib.contextmanager
def place(data):
    """A folder for repositories, on the disk of the series; deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="serving-", dir=data) as folder:
        yield pathlib.Path(folder)


def made(way):
    """The way, with its repository made."""
    way.home.mkdir()
    for command in way.prepare():
        measure.plain(command)
    return way


def say(text):
    print(text, file=sys.stderr, flush=True)


def digest(file):
    with open(file, "rb") as stream:
        return measure.sha256(stream)


def verify(command, expected, about):
    """Raises unless what the command writes has the SHA-256."""
    _, came = measure.watched_get(command)
    if came != expected:
        raise measure.Failed(f"{about}: came back with other bytes ({came}, not {expected})")
