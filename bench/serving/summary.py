"""Numbers out of the raw record of a serving run: medians with their spread, ratios within each round. No text, no files."""

from summary import Spread

EMBEDDED = "embedded"


class Speeds:
    """The part `speed`."""

    def __init__(self, record):
        self._ways = record["ways"]
        self.bytes = record["bytes"]
        self.ways = list(self._ways)

    def about(self, way):
        return self._ways[way]["about"]

    def seconds(self, way, step):
        """None where a way has no such step."""
        return _spread(self._ways[way]["timed"].get(step), "wall")

    def speed(self, way, step):
        """MB (10^6) a second."""
        seconds = self.seconds(way, step)
        return seconds and seconds.map(lambda value: self.bytes / 1e6 / value)

    def cpu(self, way, step, side):
        """CPU seconds; `side` is "near" or "far"."""
        return _spread(self._ways[way]["timed"].get(step), side)

    def ratio(self, way, step):
        """Speed over the embedded speed of the same round; None where a way has no such step."""
        own, embedded = self._ways[way]["timed"].get(step), self._ways[EMBEDDED]["timed"][step]
        return own and Spread.of([first["wall"] / second["wall"] for first, second in zip(embedded, own)])

    def wire(self, way, step):
        """Bytes between both sides, or None."""
        return self._ways[way]["wire"].get(step)


class Crowds:
    """The part `parallel`."""

    def __init__(self, record):
        self._clients = record["clients"]

    def all(self):
        """(client, kind, count) of everything that was measured."""
        return [(client, kind, count) for client, kinds in self._clients.items() for kind, counts in kinds.items() for count in counts]

    def seconds(self, key):
        """From the common start to the last one's end."""
        return _spread(self._runs(key), "wall")

    def speed(self, key):
        return Spread.of([run["moved"] / 1e6 / run["wall"] for run in self._runs(key)])

    def unfairness(self, key):
        """The slowest one's time over the fastest one's."""
        return Spread.of([max(run["ends"]) / min(run["ends"]) for run in self._runs(key)])

    def cpu(self, key):
        """Of the server."""
        return _spread(self._runs(key), "far")

    def base(self, key):
        return _spread(self._runs(key), "base")

    def peak(self, key):
        return _spread(self._runs(key), "peak")

    def each(self, key):
        """Bytes of the server's memory for each put, over what it has at rest."""
        return Spread.of([(run["peak"] - run["base"]) / int(key[2]) for run in self._runs(key)])

    def _runs(self, key):
        client, kind, count = key
        return self._clients[client][kind][count]


class Journeys:
    """The part `link`."""

    def __init__(self, record):
        self._tools = record["tools"]
        self.tools = list(self._tools)
        self.bytes = record["bytes"]

    def described(self, tool):
        return self._tools[tool]["version"], self._tools[tool]["settings"]

    def seconds(self, tool, step):
        return _spread(self._tools[tool]["timed"][step], "wall")

    def cpu(self, tool, step):
        """Of the near side."""
        return _spread(self._tools[tool]["timed"][step], "cpu")

    def moved(self, tool, step):
        """Bytes of IP packets, both ways together."""
        return Spread.of([cost["up"] + cost["down"] for cost in self._tools[tool]["timed"][step]])


def _spread(runs, what):
    return Spread.of([run[what] for run in runs]) if runs else None
