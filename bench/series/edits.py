"""What a few weeks of work do to a source tree: seeded edits, removals, renames and new files."""

import os
import random
import shutil

EDITED, REMOVED, RENAMED, ADDED = 0.01, 0.004, 0.003, 0.003  # parts of all files
SUMMARY = "1 % of files edited, 0.4 % removed, 0.3 % renamed, 0.3 % added"
# Every touched file and folder gets this time (seconds, UTC: 2026-11-20), so that two runs make the same tar.
NOW = 1_795_132_800
SEED = 20261120


def apply(root, seed=SEED):
    """Changes the tree in place; the same tree changes in the same way every time."""
    choose = random.Random(seed)
    files = sorted(path for folder, _, names in os.walk(root) for name in names
                   if not os.path.islink(path := os.path.join(folder, name)))
    parts = [round(len(files) * part) for part in (EDITED, REMOVED, RENAMED, ADDED)]
    chosen = iter(choose.sample(files, sum(parts)))
    edited, removed, renamed, added = ([next(chosen) for _ in range(part)] for part in parts)
    for path in edited:
        _write(path, _edit(_lines(path), choose))
    for path in removed:
        os.unlink(path)
        _touch(os.path.dirname(path))
    for path in renamed:
        _rename(path, choose)
    for path in added:
        _add(path, choose)


def _edit(lines, choose):
    """One to five hunks: up to ten lines go, up to ten lines come, as a patch does it."""
    for _ in range(choose.randint(1, 5)):
        at = choose.randint(0, len(lines))
        lines[at:at + choose.randint(0, 10)] = [_new_line(lines, choose) for _ in range(choose.randint(1, 10))]
    return lines


def _new_line(lines, choose):
    """A line of the file's own vocabulary that was not there before."""
    words = (choose.choice(lines) if lines else b"").split() + [b"value_%d" % choose.randrange(10_000)]
    choose.shuffle(words)
    return b"\t" + b" ".join(words) + b"\n"


def _rename(path, choose):
    """Half of the files get a new name, half move one folder up."""
    folder, name = os.path.split(path)
    new = os.path.join(folder, "renamed-" + name) if choose.random() < 0.5 else \
        os.path.join(os.path.dirname(folder), "moved-" + name)
    shutil.move(path, new)
    _touch(folder, os.path.dirname(new))


def _add(path, choose):
    """A new file of new lines, as long as the file beside it."""
    lines = _lines(path)
    _write(os.path.join(os.path.dirname(path), "new-" + os.path.basename(path)), [_new_line(lines, choose) for _ in lines])


def _lines(path):
    with open(path, "rb") as file:
        return file.readlines()


def _write(path, lines):
    # An editor writes a new file and renames it; the folder's time changes too.
    with open(path + "~", "wb") as file:
        file.writelines(lines)
    os.replace(path + "~", path)
    os.chmod(path, 0o644)
    _touch(path, os.path.dirname(path))


def _touch(*paths):
    for path in paths:
        os.utime(path, (NOW, NOW))
