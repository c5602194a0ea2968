"""What no tool can beat on this machine, measured in the same rounds."""

import json
import os
import shlex
import subprocess

import measure
from tools import Command

RAW = {"cat | cat": ["cat"], "zstd -3 -T2": ["zstd", "-3", "-T2", "-c", "-"]}


def raw(source):
    """{name: {"wall", "cpu"}} for the first version of a series."""
    return {name: measure.put(Command(arguments, {}), source) for name, arguments in RAW.items()}


def stages(files):
    """CPU seconds of the stages that no deduplicating, encrypting tool can leave out, {step: seconds}; None without the program.

    $STREAMBACK_STAGES names a program that takes the files of a series and prints that as one JSON object,
    with the step keys of `plan.steps`: it measures, here and now, the same bytes.
    """
    program = shlex.split(os.environ.get("STREAMBACK_STAGES", ""))
    if not program:
        return None
    answer = subprocess.run([*program, *map(str, files)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    return json.loads(answer.stdout)
