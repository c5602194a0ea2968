"""A tree of texts that somebody works on for a year."""

import datetime
import os
import random
import subprocess

from series import edits
from series.words import Prose

FOLDERS, FILES = 40, 30  # 1 200 files
LINE = 72
FEWEST, MOST = 40, 1200  # lines of a file: 45 KB on average
FIRST = datetime.datetime(2025, 11, 1, 3, 0, tzinfo=datetime.timezone.utc)


def time(day):
    """When a day's snapshot is taken."""
    return (FIRST + datetime.timedelta(days=day)).strftime("%Y-%m-%dT%H:%MZ")


class Tree:
    def __init__(self, root):
        self._root = root
        source, prose = random.Random(7), Prose(7)
        for folder in range(FOLDERS):
            os.makedirs(root / f"folder{folder:02d}")
            for file in range(FILES):
                with open(root / f"folder{folder:02d}" / f"file{file:02d}.txt", "w", encoding="ascii") as out:
                    out.writelines(prose.line(LINE) + "\n" for _ in range(source.randint(FEWEST, MOST)))

    def change(self, day):
        """A day's work: what a series' second state has of a few weeks'."""
        if day > 0:
            edits.apply(self._root, seed=day)

    def tar(self, path):
        subprocess.run(["tar", "cf", path, "--sort=name", "-C", self._root, "."], check=True)
        return path
