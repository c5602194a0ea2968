"""The four series, in the order in which they are made: the quick ones first."""

import importlib

ALL = ["code", "dump", "src", "vm"]


def make(name, target):
    """Makes one series in the folder `target`; it appears whole or not at all."""
    importlib.import_module(f"series.{name}").make(target)
