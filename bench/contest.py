"""All tools on one series: one untimed pass that verifies and watches, then interleaved timed rounds."""

import os
import sys
import tempfile

import limits
import measure
import plan
from tools import stored


class Contest:
    """One series, its tools, and what was measured so far: `record` is the part of the result that the page is made from."""

    def __init__(self, name, told, files, tools, rounds, data):
        self._name = name
        self._files = files
        self._steps = plan.steps(len(files))
        self._rounds = rounds
        self._data = data
        length = sum(file.stat().st_size for file in files)
        self._tools = [tool for tool in tools if tool.most_bytes is None or length <= tool.most_bytes]
        self.record = {
            "source": told["source"],
            "bytes": [file.stat().st_size for file in files],
            "tools": {tool.name: {"timed": {step.key: [] for step in self._steps}} for tool in self._tools},
            "limits": {name: [] for name in limits.RAW},
            "stages": [],
        }

    def run(self):
        # Hashing reads every file once, so all tools find a warm page cache.
        self._digests = [_digest(file) for file in self._files]
        for tool in self._tools:
            self._say(f"verifying {tool.name}")
            with self._place() as place:
                self._verify(tool, place)
        for number in range(self._rounds):
            with self._place() as place:
                self._round(number, place)

    def _verify(self, tool, place):
        """Fills in sizes and peak memory; raises unless every snapshot comes back byte for byte."""
        one = self._ready(tool, place)
        record = self.record["tools"][tool.name]
        record["stored"], record["memory"] = {}, {}
        for step in self._steps:
            if step.kind == "put":
                record["memory"][step.key] = measure.watched_put(one.put(step.snapshot), self._file(step))
                record["stored"][step.key] = stored(one.repository)
        count = plan.snapshots(len(self._files))
        keys = {step.snapshot: step.key for step in self._steps if step.kind == "get"}
        for snapshot in range(1, count + 1):
            peak, digest = measure.watched_get(one.get(snapshot, count))
            if digest != self._digests[plan.version_of(snapshot) - 1]:
                raise measure.Failed(f"{tool.name}, {self._name}: snapshot {snapshot} came back with other bytes")
            if snapshot in keys:
                record["memory"][keys[snapshot]] = peak

    def _round(self, number, place):
        """Each step runs with every tool before the next step; each round starts with another tool."""
        running = [tool for tool in self._tools if tool.most_rounds is None or number < tool.most_rounds]
        shift = number % max(1, len(running))
        ready = [self._ready(tool, place) for tool in running[shift:] + running[:shift]]
        self._limits()
        for step in self._steps:
            said = []
            for one in ready:
                cost = self._timed(one, step)
                self.record["tools"][one.name]["timed"][step.key].append(cost)
                said.append(f"{one.name} {cost['wall']:.2f}")
            self._say(f"round {number + 1} of {self._rounds}, {step.key}: {', '.join(said)} s")

    def _timed(self, one, step):
        # What another tool left for the disk must not be paid by this one.
        os.sync()
        if step.kind == "put":
            return measure.put(one.put(step.snapshot), self._file(step))
        return measure.get(one.get(step.snapshot, plan.snapshots(len(self._files))))

    def _limits(self):
        for name, cost in limits.raw(self._files[0]).items():
            self.record["limits"][name].append(cost)
        stages = limits.stages(self._files)
        if stages is not None:
            self.record["stages"].append(stages)

    def _ready(self, tool, place):
        one = tool(os.path.join(place, tool.name))
        one.home.mkdir()
        for command in one.prepare():
            measure.plain(command)
        return one

    def _file(self, step):
        return self._files[step.version - 1]

    def _place(self):
        """A folder for repositories, on the disk of the series; deleted afterwards."""
        return tempfile.TemporaryDirectory(prefix="repositories-", dir=self._data)

    def _say(self, text):
        print(f"{self._name}: {text}", file=sys.stderr, flush=True)


def _digest(file):
    with open(file, "rb") as stream:
        return measure.sha256(stream)
