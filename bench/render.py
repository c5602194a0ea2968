#!/usr/bin/python3
"""Makes the page and its pictures from the raw numbers: bench/render.py PAGE.md COMPARISON.json [SERVING.json [INSIDE.json [KEEPING.json]]]"""

import json
import pathlib
import sys

import goals
import svg
import tables
import inside.page
import keeping.page
from serving.page import section
from summary import PRODUCT, Summary

TIMED = {"first put": ("put-1",), "same again": ("again",), "get newest": ("get-newest",)}


def write(page, comparison, serving, inner=None, kept=None):
    """Writes the page from one result or more (None for what there is not), and beside it `pictures/`; returns the page's path."""
    pictures = page.parent / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    parts = _compared(comparison, pictures) if comparison else ["# Benchmarks\n"]
    if serving:
        parts.append(section(serving, pictures))
    if inner:
        parts.append(inside.page.section(inner))
    if kept:
        parts.append(keeping.page.section(kept))
    page.write_text("\n".join(parts))
    return page


def _compared(result, pictures):
    summaries = [Summary(result, name) for name in result["series"]]
    for summary in summaries:
        (pictures / f"throughput-{summary.name}.svg").write_text(_throughput(summary))
    (pictures / "stored.svg").write_text(_stored(result, summaries))
    return [_head(result), *map(_series, summaries)]


def _head(result):
    machine = result["machine"]
    instructions = ", ".join(machine["instructions"])
    return f"""# Benchmarks

Generated from measurements by `{result["command"]}` on {result["started"][:10]}; do not edit.
Machine: {machine["cores"]} cores of {machine["architecture"]} ({instructions}), {machine["memoryGiB"]} GiB, {machine["kernel"]}.

How: every tool gets the same bytes through a pipe (`cat FILE | tool`) and gives them back through one
(`tool | cat > /dev/null`). The streams lie in the page cache, the repositories on the same disk, which is idle when a step begins.
{result["rounds"]} rounds, each with fresh repositories; within a round every tool does a step before any does the next, and each round begins with another tool.
Times are medians with the least and the most; a ratio is the median of the ratios within each round. CPU is the tool's own, with its children.
One more pass, not timed, takes the sizes (the length of all files of the repository; caches lie outside), samples the memory every 20 ms, and compares the SHA-256 of
every snapshot with that of its source. MB is 10⁶ bytes. What cannot encrypt stands outside the ratios.

{tables.versions(result)}
![Stored size of every series](pictures/stored.svg)
"""


def _series(summary):
    lengths = " + ".join(f"{length / 1e6:.0f}" for length in summary.bytes)
    parts = [
        f"## `{summary.name}`: {sum(summary.bytes) / 1e6:,.0f} MB",
        f"{summary.source}. {lengths} MB.",
        f"![Throughput on {summary.name}](pictures/throughput-{summary.name}.svg)",
        tables.reached(goals.verdicts(summary)), tables.times(summary), tables.sizes(summary), tables.work(summary),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts if part) + "\n"


def _throughput(summary):
    rows = {}
    for tool in summary.tools:
        speeds = [summary.speed(tool, *steps) for steps in TIMED.values()]
        rows[tool] = [speed and svg.Bar(speed.median, f"{speed.median:.0f}", speed.least, speed.most) for speed in speeds]
    return svg.chart(f"{summary.name}: throughput", "MB/s through a pipe; longer is better; the line is the spread",
                     list(TIMED), rows, {PRODUCT})


def _stored(result, summaries):
    rows = {tool: [_size(summary, tool) for summary in summaries] for tool in result["tools"]}
    columns = [f"{summary.name} ({sum(summary.bytes) / 1e6:,.0f} MB)" for summary in summaries]
    return svg.chart("Stored size of each whole series", "MB in the repository; shorter is better", columns, rows, {PRODUCT})


def _size(summary, tool):
    if tool not in summary.tools:
        return None
    return svg.Bar(summary.whole(tool) / 1e6, f"{summary.whole(tool) / 1e6:.1f}")


if __name__ == "__main__":
    read = [json.loads(pathlib.Path(file).read_text()) for file in sys.argv[2:]]
    write(pathlib.Path(sys.argv[1]), *read, *[None] * (3 - len(read)))
