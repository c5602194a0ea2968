"""Many puts at once: what the server takes for them, how fast they are together, and how fair it is to each."""

import concurrent.futures
import os
import time

import measure
import memory
from serving import rounds, slices, ways
from serving.rounds import say

COUNTS = (1, 8, 64)
# Of each put's own stream.
LENGTH = 64 << 20
KINDS = ("new", "known")


class Parallel:
    """`record` is the part of the result that the page is made from."""

    def __init__(self, source, kit, count, data, length):
        self._source = source
        self._kit = kit
        self._count = count
        self._data = data
        self._clients = [ways.Curl, ways.Http]
        if ways.can_stream():
            self._clients.append(ways.streaming(ways.Http))
        self._length = length or LENGTH
        self.record = {
            "bytes": self._length,
            "clients": {way.name: {kind: {str(count): [] for count in COUNTS} for kind in KINDS} for way in self._clients},
        }

    def run(self):
        with rounds.place(self._data) as folder:
            say("parallel: making the streams")
            self._files = slices.unseen(self._source, folder, max(COUNTS), self._length)
            self._digests = [rounds.digest(file) for file in self._files]
            os.sync()
            for number in range(self._count):
                for count in COUNTS:
                    shift = number % len(self._clients)
                    for way in self._clients[shift:] + self._clients[:shift]:
                        self._compare(way, count)

    def _compare(self, way, count):
        """New data, then the same again, each by a server that has done nothing but one small put."""
        with rounds.place(self._data) as place:
            one = rounds.made(way(place / way.name, self._kit))
            for kind in KINDS:
                with one.serving():
                    told = self._puts(one, count)
                self.record["clients"][way.name][kind][str(count)].append(told)
                more = (told["peak"] - told["base"]) / (1 << 20)
                say(f"parallel: {count} x {kind} by {way.name}: {told['wall']:.2f} s, {more:.0f} MiB more")
            with one.serving():
                for number in range(count):
                    rounds.verify(one.get(1, 1, f"many/{number}"), self._digests[number], f"put {number} of {count} by {way.name}")

    def _puts(self, one, count):
        # What a server takes once, whatever it does afterwards.
        measure.put(one.put(1, "first"), __file__)
        base = memory.resident(one.server.pid)[0]
        watch = memory.Watch(one.server.pid)
        os.sync()
        watch.start()
        begun = one.far_cpu()
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            start = time.perf_counter()
            ends = list(pool.map(lambda number: self._put(one, number, start), range(count)))
        return {
            "base": base, "peak": watch.finish()["anonymous"], "far": one.far_cpu() - begun, "wall": max(ends), "ends": ends,
            "moved": sum(file.stat().st_size for file in self._files[:count]),
        }

    def _put(self, one, number, start):
        """Seconds from the common start to this put's end."""
        measure.put(one.put(1, f"many/{number}"), self._files[number])
        return time.perf_counter() - start

