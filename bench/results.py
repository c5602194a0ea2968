"""The raw numbers of a run: how they begin, where they go, and the page that is made from them."""

import datetime
import json
import pathlib
import shlex
import sys

import machine
import render

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMPARISON = ROOT / "bench/results/comparison.json"
SERVING = ROOT / "bench/results/serving.json"
INSIDE = ROOT / "bench/results/inside.json"
KEEPING = ROOT / "bench/results/keeping.json"
PAGE = ROOT / "docs/benchmarks.md"


def begun(rounds):
    """What every result begins with."""
    return {
        "command": _command(),
        "started": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ"),
        "rounds": rounds,
        "machine": machine.describe(),
    }


def write(out, result):
    """Called after each part: a run that is cut short keeps what it measured."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1) + "\n")


def publish(out):
    """Makes the page: of published numbers the one in docs/, from all of them; of others one beside them. Returns its path."""
    if out in (COMPARISON, SERVING, INSIDE, KEEPING):
        return render.write(PAGE, _read(COMPARISON), _read(SERVING), _read(INSIDE), _read(KEEPING))
    result = _read(out)
    place = 0 if "series" in result else 2 if "looks" in result else 3 if "survivors" in result else 1
    return render.write(out.with_suffix(".md"), *(result if number == place else None for number in range(4)))


def _read(file):
    return json.loads(file.read_text()) if file.exists() else None


def _command():
    """What repeats it; where the data lay is this machine's own business."""
    words = iter(sys.argv[1:])
    kept = [word for word in words if not (word.startswith("--data=") or (word == "--data" and next(words, "")))]
    return shlex.join(["scripts/bench", *kept])
