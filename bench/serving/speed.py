"""One stream through every way to a repository: first put, put again, get."""

import contextlib
import os

import measure
from serving import rounds, ways
from serving.rounds import say

STEPS = ("put", "again", "get")


class Speed:
    """`record` is the part of the result that the page is made from."""

    def __init__(self, file, kit, count, data):
        self._file = file
        self._kit = kit
        self._count = count
        self._data = data
        self._ways = ways.all_ways()
        self.record = {
            "bytes": file.stat().st_size,
            "ways": {way.name: {"about": way.about, "timed": {step: [] for step in _steps(way)}, "wire": {}} for way in self._ways},
        }

    def run(self):
        # Reads the file, so that every way finds a warm page cache.
        self._digest = rounds.digest(self._file)
        say("speed: counting the bytes on the wire")
        self._one(self._ways, self._wire)
        for number in range(self._count):
            shift = number % len(self._ways)
            say(f"speed: round {number + 1} of {self._count}")
            self._one(self._ways[shift:] + self._ways[:shift], self._timed)

    def _one(self, order, measured):
        """Each step with every way before the next step; each get once more, to see that its bytes are right."""
        with rounds.place(self._data) as place, contextlib.ExitStack() as servers:
            running = []
            for way in order:
                running.append(rounds.made(way(place / way.name, self._kit)))
                servers.enter_context(running[-1].serving())
            for step in STEPS:
                for one in (one for one in running if step in _steps(one)):
                    # What another way left for the disk must not be paid by this one.
                    os.sync()
                    measured(one, step)
            for one in running:
                rounds.verify(one.get(2, 2), self._digest, f"get by {one.name}")

    def _timed(self, one, step):
        before = one.far_cpu()
        cost = self._did(one, step)
        far = one.far_cpu() - before
        # Both are counted in different ways, one to a hundredth of a second: together they may miss by that.
        near = max(0.0, cost["cpu"] - (far if one.far_is_child else 0))
        self.record["ways"][one.name]["timed"][step].append({"wall": cost["wall"], "near": near, "far": far})
        say(f"  {step} by {one.name}: {cost['wall']:.2f} s")

    def _wire(self, one, step):
        """Not timed: counting costs time."""
        with one.counting() as counted:
            self._did(one, step)
            wire = counted()
        if wire is not None:
            self.record["ways"][one.name]["wire"][step] = wire

    def _did(self, one, step):
        # Puts have one name, so a get of the newest of two is what was put at last.
        cost = measure.get(one.get(2, 2)) if step == "get" else measure.put(one.put(2 if step == "again" else 1), self._file)
        one.settle()
        return cost


def _steps(way):
    return STEPS if way.gets else STEPS[:-1]
