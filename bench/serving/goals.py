"""What serving has set itself, and whether a run reaches it."""

from goals import Verdict

# Speed over the embedded speed, at least.
SPEED = {"stdio": 0.8, "stdio-stream": 0.8, "http": 0.5, "http-stream": 0.5, "https": 0.5, "https-stream": 0.5}
STEPS = {"put": "first put", "again": "same stream again", "get": "get"}
# The server's anonymous memory for each running put, bytes, at most.
MEMORY = 24 << 20
# Bytes on the link for a stream that is there already, over its length, at most; for who asks before sending.
AGAIN = 0.01
ASKING = ("https", "ssh")


def of_speed(speeds):
    for way, least in SPEED.items():
        for step, name in STEPS.items():
            if way in speeds.ways and (ratio := speeds.ratio(way, step)):
                about = f"{name} by `{way}`: speed over the embedded"
                yield Verdict(about, least, ratio.median, "x", (ratio.least, ratio.most), at_least=True)


def of_crowds(crowds):
    """The most that any run took: memory is a bound."""
    for key in crowds.all():
        client, kind, count = key
        about = f"{count} at once, {kind} data by `{client}`: memory for each"
        yield Verdict(about, MEMORY >> 20, crowds.each(key).most / (1 << 20), "MiB")


def of_journeys(journeys):
    for tool in (tool for tool in ASKING if tool in journeys.tools):
        moved = journeys.moved(tool, "again").most / journeys.bytes[0]
        yield Verdict(f"same stream again by `{tool}`: bytes moved over its length", AGAIN * 100, moved * 100, "%")
