"""The tables of the page, in Markdown."""

from summary import PRODUCT, SIZE_PEER


def times(summary):
    rows = []
    for tool in summary.tools:
        steps = (("put-1",), ("again",), summary.changed, ("get-1",), ("get-newest",))
        rows.append([_shown(tool), *(took(summary.seconds(tool, *step), summary.speed(tool, *step)) for step in steps)])
    length = summary.bytes[0] / 1e6
    for name in summary.limits:
        spread = summary.limit(name)
        rows.append([f"*limit: `{_cell(name)}`*", took(spread, spread.map(lambda value: length / value)), "", "", "", ""])
    changed = f"changed versions ({len(summary.changed)})"
    return table(["seconds (least–most) · MB/s", "first put", "same again", changed, "get version 1", "get newest"], rows)


def work(summary):
    rows = []
    for tool in summary.tools:
        seconds = (summary.seconds(tool, step, what="cpu") for step in ("put-1", "again", "get-newest"))
        peaks = (f"{_mib(summary.peak(tool, kind, 'anonymous'))} + {_mib(summary.peak(tool, kind, 'mapped'))}"
                 for kind in ("put", "get"))
        rows.append([_shown(tool), *(f"{spread.median:.2f}" if spread else "–" for spread in seconds), *peaks])
    return table(["CPU seconds; peak memory, MiB, anonymous + mapped", "first put", "same again", "get newest",
                   "memory, put", "memory, get"], rows)


def sizes(summary):
    plain = sum(summary.bytes)
    rows = []
    for tool in summary.tools:
        whole = summary.whole(tool)
        against = f"{whole / summary.whole(SIZE_PEER):.2f}" if SIZE_PEER in summary.tools else "–"
        grown = " · ".join(f"{summary.growth(tool, step) / 1e6:.2f}" for step in summary.changed)
        rows.append([_shown(tool), f"{summary.stored(tool, 'put-1') / 1e6:.1f}", f"{summary.growth(tool, 'again') / 1e6:.2f}",
                     grown, f"{whole / 1e6:.1f}", f"{plain / whole:.1f}", against])
    return table(["stored MB", "version 1", "same again adds", "each changed version adds", "whole series",
                   "stream bytes per stored byte", f"whole over {SIZE_PEER}'s"], rows)


def reached(verdicts, head="at most"):
    """Goals and whether they are kept; an empty text where there is nothing to judge."""
    rows = []
    for verdict in verdicts:
        bound = f"{'≥' if verdict.at_least else '≤'} {verdict.bound:g} {verdict.unit}"
        if verdict.reached is None:
            rows.append([verdict.about, bound, "not measured", ""])
            continue
        spread = " ({:.2f}–{:.2f})".format(*verdict.spread) if verdict.spread else ""
        rows.append([verdict.about, bound, f"{verdict.reached:.2f} {verdict.unit}{spread}", "kept" if verdict.kept else "**missed**"])
    return table(["goal", head, "measured", ""], rows) if rows else ""


def versions(result):
    rows = [[_shown(name), told["version"], told["settings"]] for name, told in result["tools"].items()]
    return table(["tool", "version", "settings"], rows)


def table(head, rows):
    """A table in Markdown; every row has as many cells as the head."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _shown(tool):
    return f"**{tool}**" if tool == PRODUCT else tool


def _cell(text):
    """A bar would end the cell, in code too."""
    return text.replace("|", "\\|")


def took(spread, speed):
    """The median with its spread, and the speed; a dash for what was not timed."""
    if spread is None:
        return "–"
    return f"{spread.median:.2f} ({spread.least:.2f}–{spread.most:.2f}) · {speed.median:.0f}"


def _mib(length):
    return f"{length / (1 << 20):.0f}"
