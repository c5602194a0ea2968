"""A folder that appears whole or not at all: `.done` inside says what is in it and where it came from."""

import contextlib
import json
import shutil

MARK = ".done"


def facts(folder):
    """What `.done` says about a finished folder ({"source": …, "bytes": {file: length}}), or None."""
    mark = folder / MARK
    return json.loads(mark.read_text()) if mark.exists() else None


@contextlib.contextmanager
def building(folder):
    """Yields (an empty folder to fill, a dictionary for facts); renames it to `folder` when the block succeeds."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    told = {}
    yield partial, told
    told["bytes"] = {file.name: file.stat().st_size for file in sorted(partial.iterdir()) if file.is_file()}
    (partial / MARK).write_text(json.dumps(told, indent=1) + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
