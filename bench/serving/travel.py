"""The same stream, and a changed one, over a slow link and back: time and bytes, beside peers that go the same way."""

import contextlib
import os
import time

import measure
import plan
from serving import far, link, rounds, ways
from serving.rounds import say
from tools import Command

PUTS = ("put-1", "again", "put-2")
STEPS = (*PUTS, "get")
# What is still on its way when a client has ended: the last packets of a connection, several times there and back.
REST = 0.3  # seconds


class Travel:
    """`record` is the part of the result that the page is made from."""

    def __init__(self, files, kit, count, data):
        self._files = files
        self._kit = kit
        self._count = count
        self._data = data
        plain = [ways.streaming(ways.Https)] if ways.can_stream() else []
        self._tools = [ways.Https, *plain, ways.Ssh, *far.ALL]
        self.record = {
            "rate": link.RATE, "delay": link.DELAY, "queue": link.QUEUE,
            "bytes": [file.stat().st_size for file in files],
            "tools": {tool.name: _described(tool) for tool in self._tools},
        }

    def run(self):
        self._digests = [rounds.digest(file) for file in self._files]
        with link.up() as between:
            for number in range(self._count):
                shift = number % len(self._tools)
                say(f"link: round {number + 1} of {self._count}")
                with rounds.place(self._data) as place:
                    self._round(self._tools[shift:] + self._tools[:shift], place, between)

    def _round(self, order, place, between):
        with contextlib.ExitStack() as servers:
            running = []
            for tool in order:
                one = tool(place / tool.name, self._kit, between.place)
                running.append(rounds.made(one))
                servers.enter_context(one.serving())
            for step in (step for step in plan.steps(2) if step.key in PUTS):
                for one in running:
                    self._timed(one, step.key, one.put(step.snapshot), self._files[step.version - 1], between)
            count = plan.snapshots(2)
            for one in running:
                self._timed(one, "get", one.get(count, count), None, between)
            for one in running:
                self._verify(one)

    def _verify(self, one):
        count = plan.snapshots(2)
        for snapshot in range(1, count + 1):
            expected = self._digests[plan.version_of(snapshot) - 1]
            rounds.verify(one.local(one.get, snapshot, count), expected, f"snapshot {snapshot} of {one.name}")

    def _timed(self, one, step, command, source, between):
        """A put of `source`; a get if it is None."""
        os.sync()
        through = Command([*between.near, *command.arguments], command.environment)
        before = between.passed()
        cost = measure.get(through) if source is None else measure.put(through, source)
        one.settle()
        time.sleep(REST)
        up, down = (after - first for first, after in zip(before, between.passed()))
        self.record["tools"][one.name]["timed"][step].append({**cost, "up": up, "down": down})
        say(f"  {step} by {one.name}: {cost['wall']:.2f} s, {up / 1e6:.2f} MB there, {down / 1e6:.2f} MB back")


def _described(tool):
    settings = getattr(tool, "about", None) or tool.settings
    return {"version": tool.version(), "settings": settings, "timed": {step: [] for step in STEPS}}
