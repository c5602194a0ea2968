"""The section of the page about serving, and its pictures."""

import svg
import tables
from serving import goals
from serving.summary import EMBEDDED, Crowds, Journeys, Speeds
from summary import PRODUCT

MIB = 1 << 20


def section(result, pictures):
    """The text; pictures go into the folder `pictures`. What was not measured is left out."""
    parts = [_head(result)]
    for name, write in (("speed", _speed), ("parallel", _parallel), ("link", _link)):
        if name in result:
            parts.append(write(result, pictures))
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _head(result):
    machine, stream = result["machine"], result["stream"]
    instructions = ", ".join(machine["instructions"])
    return f"""## Serving

Generated from measurements by `{result["command"]}` on {result["started"][:10]}, with {result["tool"]}; do not edit.
Machine: {machine["cores"]} cores of {machine["architecture"]} ({instructions}), {machine["memoryGiB"]} GiB, {machine["kernel"]}; client and server share it.

The streams are the first of the series `{stream["name"]}`: {stream["source"]}.
Repositories are fresh in each round, and each round begins with another way, client or tool. Times are medians with the least and the most.
Every repository gave back what it was given, by SHA-256; that is not timed."""


def _speed(result, pictures):
    speeds, steps = Speeds(result["speed"]), goals.STEPS
    bars = {way: [_bar(speeds.speed(way, step)) for step in steps] for way in speeds.ways}
    _draw(pictures, "speed", "Serving: throughput", "MB/s through a pipe; longer is better; the line is the spread", steps, bars, {EMBEDDED})
    times, ratios, work = [], [], []
    for way in speeds.ways:
        times.append([way, speeds.about(way), *(tables.took(speeds.seconds(way, step), speeds.speed(way, step)) for step in steps)])
        ratios.append([way, *(_spread(speeds.ratio(way, step)) for step in steps)])
        work.append([way, *(_work(speeds, way, step) for step in steps)])
    return "\n".join([
        f"### One stream of {speeds.bytes / 1e6:,.0f} MB by every way\n",
        f"Rounds: {result['rounds']}. Servers run already; over stdio and ssh each command starts its own. The bytes between both sides are",
        "counted in one more pass, in the two pipes or by the loopback's counters.\n",
        "![Throughput by every way](pictures/serving-speed.svg)\n",
        tables.reached(goals.of_speed(speeds), "at least"),
        tables.table(["seconds (least–most) · MB/s", "is", *steps.values()], times),
        tables.table(["speed over the embedded of the same round", *steps.values()], ratios[1:]),
        tables.table(["CPU seconds, client + server; MB between them", *steps.values()], work),
    ])


def _parallel(result, pictures):
    crowds = Crowds(result["parallel"])
    keys = sorted(crowds.all(), key=lambda key: int(key[2]))
    return "\n".join([
        "### Many puts at once\n",
        f"Each puts {result['parallel']['bytes'] / MIB:.0f} MiB of its own over http, all beginning together: files of the series, the bytes of each",
        f"permuted in a way of its own. Rounds: {result['rest']}. Memory is the server's anonymous memory, the most of all rounds, sampled every",
        "20 ms; each line has a fresh server that has done one small put (the base). The clients run on the same cores.\n",
        tables.reached(goals.of_crowds(crowds)),
        tables.table(["puts", "data", "client", "seconds for all (least–most) · MB/s", "slowest over fastest", "server's CPU seconds",
                      "base, MiB", "peak, MiB", "MiB for each put"], [_crowd(crowds, key) for key in keys]),
    ])


def _crowd(crowds, key):
    client, kind, count = key
    memory = (f"{value.most / MIB:.1f}" for value in (crowds.base(key), crowds.peak(key), crowds.each(key)))
    return [count, kind, f"`{client}`", tables.took(crowds.seconds(key), crowds.speed(key)), _spread(crowds.unfairness(key)),
            f"{crowds.cpu(key).median:.2f}", *memory]


def _link(result, pictures):
    link, journeys = result["link"], Journeys(result["link"])
    steps = {"put-1": "first put", "again": "same again", "put-2": "changed version", "get": "get of the newest"}
    own = {tool for tool in journeys.tools if journeys.described(tool)[0].startswith(PRODUCT)}
    bars = {tool: [_bar(journeys.seconds(tool, step), "{:.1f}") for step in steps] for tool in journeys.tools}
    _draw(pictures, "link", "Over a slow link", "seconds; shorter is better; the line is the spread", steps, bars, own)
    shown = {tool: f"**{tool}**" if tool in own else tool for tool in journeys.tools}
    lengths = " and then ".join(f"{length / 1e6:,.0f} MB" for length in journeys.bytes)
    return "\n".join([
        f"### A link of {link['rate'] / 1e6:.0f} Mbit/s and {2 * link['delay']} ms\n",
        f"{lengths}. Rounds: {result['rest']}. Two network namespaces: `tbf` holds each side to the rate (queue {link['queue'] / 1e3:.0f} kB), and a",
        f"relay holds every IP packet for {link['delay']} ms, either way. TCP (cubic) runs from end to end: windows, acknowledgements and losses are",
        "its own. Bytes are those of IP packets, both ways. Repositories are made, and read again to verify them, past the link.",
        "Debian has no rest-server; rclone speaks restic's own protocol in its place.\n",
        "![Over a slow link](pictures/serving-link.svg)\n",
        tables.reached(goals.of_journeys(journeys)),
        tables.table(["tool", "version", "settings"], [[shown[tool], *journeys.described(tool)] for tool in journeys.tools]),
        tables.table(["seconds (least–most) · MB on the link · client's CPU seconds", *steps.values()],
                     [[shown[tool], *(_journey(journeys, tool, step) for step in steps)] for tool in journeys.tools]),
    ])


def _draw(pictures, name, title, note, steps, bars, own):
    (pictures / f"serving-{name}.svg").write_text(svg.chart(title, note, list(steps.values()), bars, own))


def _bar(spread, form="{:.0f}"):
    return spread and svg.Bar(spread.median, form.format(spread.median), spread.least, spread.most)


def _spread(spread):
    return f"{spread.median:.2f} ({spread.least:.2f}–{spread.most:.2f})" if spread else "–"


def _work(speeds, way, step):
    if speeds.seconds(way, step) is None:
        return "–"
    both = " + ".join(f"{speeds.cpu(way, step, side).median:.2f}" for side in ("near", "far"))
    wire = speeds.wire(way, step)
    return both if wire is None else f"{both}; {wire / 1e6:.2f}"


def _journey(journeys, tool, step):
    moved, cpu = journeys.moved(tool, step).median / 1e6, journeys.cpu(tool, step).median
    return f"{_spread(journeys.seconds(tool, step))} · {moved:.2f} · {cpu:.2f}"
