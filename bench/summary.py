"""Numbers out of the raw record of one series: medians with their spread, sizes, ratios. No text, no files."""

import dataclasses
import statistics

PRODUCT = "streamback"
# The smallest peer of usable speed: stored sizes are compared with it.
SIZE_PEER = "borg-64k"


@dataclasses.dataclass(frozen=True)
class Spread:
    """The median of some rounds, and the least and the most."""

    median: float
    least: float
    most: float

    @staticmethod
    def of(values):
        return Spread(statistics.median(values), min(values), max(values))

    def map(self, function):
        """`function` must rise or fall throughout."""
        ends = sorted((function(self.least), function(self.most)))
        return Spread(function(self.median), *ends)


class Summary:
    """One series of a result; `result` is the whole of it, since tools are described once for all series."""

    def __init__(self, result, name):
        self.name = name
        self._described = result["tools"]
        self._cores = result["machine"]["cores"]
        self._series = result["series"][name]
        self.source = self._series["source"]
        self.bytes = self._series["bytes"]
        self.tools = list(self._series["tools"])
        timed = self._series["tools"][self.tools[0]]["timed"]
        self.changed = [key for key in timed if key.startswith("put-") and key != "put-1"]
        self.puts = ["put-1", "again", *self.changed]
        self.gets = ["get-1", "get-newest"]

    def seconds(self, tool, *steps, what="wall"):
        """Seconds of one step, or of several together, over the rounds; "wall" or "cpu". None for a tool without timed rounds."""
        rounds = self._rounds(tool, *steps, what=what)
        return Spread.of(rounds) if rounds else None

    def speed(self, tool, *steps):
        """Stream bytes a second, in MB (10^6)."""
        length = sum(self._length(step) for step in steps)
        seconds = self.seconds(tool, *steps)
        return seconds and seconds.map(lambda value: length / 1e6 / value)

    def stored(self, tool, step):
        """Bytes of the repository after a put."""
        return self._series["tools"][tool]["stored"][step]

    def whole(self, tool):
        """Bytes of the repository after the whole series."""
        return self.stored(tool, self.puts[-1])

    def growth(self, tool, step):
        """Bytes by which the repository grew in a put."""
        before = self.puts.index(step) - 1
        return self.stored(tool, step) - (self.stored(tool, self.puts[before]) if before >= 0 else 0)

    def peak(self, tool, kind, pages):
        """Peak memory in bytes over all puts or all gets ("put", "get"); `pages` is "anonymous" or "mapped"."""
        steps = self.puts if kind == "put" else self.gets
        return max(self._series["tools"][tool]["memory"][step][pages] for step in steps)

    def limit(self, name):
        """Seconds of a raw limit on the first version."""
        return Spread.of([cost["wall"] for cost in self._series["limits"][name]])

    @property
    def limits(self):
        return list(self._series["limits"])

    def fastest_peer(self, step):
        """The encrypted peer with the least median among those that ran in every round, or None."""
        most = max(len(self._rounds(tool, step)) for tool in self.tools)
        able = [tool for tool in self.tools if tool != PRODUCT and self._described[tool]["encrypted"]
                and len(self._rounds(tool, step)) == most]
        return min(able, key=lambda tool: self.seconds(tool, step).median, default=None)

    def time_ratio(self, step, peer):
        """StreamBack's time over the peer's, round by round: what drifts between rounds cancels."""
        pairs = zip(self._rounds(PRODUCT, step), self._rounds(peer, step))
        return Spread.of([own / other for own, other in pairs])

    def stage_ratio(self, step):
        """StreamBack's time over the stage limit of the same round (CPU time over all cores), or None if that was not measured."""
        pairs = list(zip(self._rounds(PRODUCT, step), self._series["stages"]))
        if not pairs or any(step not in stages for _, stages in pairs):
            return None
        return Spread.of([own / (stages[step] / self._cores) for own, stages in pairs])

    def _rounds(self, tool, *steps, what="wall"):
        """One sum over the steps for each round."""
        timed = self._series["tools"][tool]["timed"]
        return [sum(cost[what] for cost in costs) for costs in zip(*(timed[step] for step in steps))]

    def _length(self, step):
        """Bytes of the stream that a step moves."""
        version = {"again": 1, "get-newest": len(self.bytes)}.get(step) or int(step.split("-")[1])
        return self.bytes[version - 1]
