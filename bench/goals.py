"""What StreamBack has set itself, and whether one series of a result reaches it."""

import dataclasses
import statistics

from summary import PRODUCT, SIZE_PEER

# Time of StreamBack over that of the fastest encrypted peer, at most.
TIME = {"put-1": 0.6, "again": 0.6, "get-1": 0.5, "get-newest": 0.5}
# Time over the stage limit, at most.
STAGES = 1.2
# Stored bytes of the whole series over SIZE_PEER's, at most.
STORED = {"dump": 0.50, "code": 0.36, "src": 0.76, "vm": 0.90}
# Growth for a changed version, bytes, at most (the median where several changed).
GROWTH = {"src": 3_000_000, "dump": 500_000}
# Anonymous memory of a put or get, bytes, at most (32 MiB more for each TiB stored: nothing at this scale).
MEMORY = 256 << 20

NAMES = {"put-1": "first put", "again": "same stream again", "get-1": "get of version 1", "get-newest": "get of the newest"}


@dataclasses.dataclass(frozen=True)
class Verdict:
    """One goal: what it is about, the most it allows, and what was reached (None if it was not measured); both in `unit`.

    With `at_least` the bound is the least it asks for.
    """

    about: str
    bound: float
    reached: float
    unit: str
    spread: tuple = None
    at_least: bool = False

    @property
    def kept(self):
        if self.reached is None:
            return False
        return self.reached >= self.bound if self.at_least else self.reached <= self.bound


def verdicts(summary):
    """The goals that speak of this series; empty without StreamBack or without a peer to compare with."""
    if PRODUCT not in summary.tools:
        return []
    return [*_times(summary), *_sizes(summary), *_memory(summary)]


def _times(summary):
    for step, most in TIME.items():
        if peer := summary.fastest_peer(step):
            yield _ratio(f"{NAMES[step]}: time over {peer}'s", most, summary.time_ratio(step, peer))
        yield _ratio(f"{NAMES[step]}: time over the stage limit", STAGES, summary.stage_ratio(step))


def _sizes(summary):
    if SIZE_PEER in summary.tools and summary.name in STORED:
        reached = summary.whole(PRODUCT) / summary.whole(SIZE_PEER)
        yield Verdict(f"whole series: stored over {SIZE_PEER}'s", STORED[summary.name], reached, "x")
    if summary.name in GROWTH:
        grown = statistics.median(summary.growth(PRODUCT, step) for step in summary.changed)
        yield Verdict("growth for a changed version", GROWTH[summary.name] / 1e6, grown / 1e6, "MB")


def _memory(summary):
    for kind in ("put", "get"):
        peak = summary.peak(PRODUCT, kind, "anonymous")
        yield Verdict(f"peak memory of {kind}, anonymous", MEMORY >> 20, peak / (1 << 20), "MiB")


def _ratio(about, most, spread):
    if spread is None:
        return Verdict(about, most, None, "x")
    return Verdict(about, most, spread.median, "x", (spread.least, spread.most))
