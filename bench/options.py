"""What the command lines have in common."""

import argparse
import os
import pathlib


def list_of(known):
    """A parser for words of `known` joined by commas; it returns them in the order of `known`."""
    def parse(text):
        chosen = text.split(",")
        if unknown := set(chosen) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not one of {', '.join(known)}")
        return [name for name in known if name in chosen]
    return parse


def positive(text):
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def add_places(parser, out):
    """Where streams and repositories are, and where the numbers go: `out` unless told otherwise."""
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("STREAMBACK_BENCH_DATA", "/var/tmp/streamback-bench"),
                        metavar="DIR", help="streams and repositories; about 10 GB")
    parser.add_argument("--out", type=pathlib.Path, default=out, metavar="FILE",
                        help="raw numbers; the page goes beside it. Without this option they replace the published ones in docs/")
