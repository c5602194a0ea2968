"""The four series, in the order in which they are made: the quick ones first."""

import importlib
import pathlib
import sys

from series import folder

ALL = ["code", "dump", "src", "vm"]


def make(name, target):
    """Makes one series in the folder `target`; it appears whole or not at all."""
    importlib.import_module(f"series.{name}").make(target)


def files(name, data):
    """(What `.done` says, the streams in their order) of the series in the folder `data`; made when it is missing."""
    target = pathlib.Path(data).resolve() / name
    if folder.facts(target) is None:
        print(f"making {name}", file=sys.stderr, flush=True)
        make(name, target)
    told = folder.facts(target)
    return told, [target / file for file in sorted(told["bytes"], key=lambda file: int(pathlib.Path(file).stem))]
