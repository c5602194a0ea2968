"""Runs one command with its stream through a pipe, and says what it cost."""

import contextlib
import hashlib
import os
import subprocess
import tempfile
import time

import memory

BLOCK = 1 << 20


class Failed(Exception):
    """A tool did not do its work; the message holds the command and the end of its standard error."""


def put(command, source):
    """`cat source | command`: {"wall", "cpu"} in seconds; cat's own work counts in wall only."""
    with _started(command, stdin=source) as tool:
        return tool.cost()


def get(command):
    """`command | cat > /dev/null`: {"wall", "cpu"} in seconds; wall ends when cat has everything."""
    with _started(command, stdout=subprocess.PIPE) as tool:
        drain = subprocess.Popen(["cat"], stdin=tool.output, stdout=subprocess.DEVNULL)
        tool.output.close()
        return tool.cost(drain)


def get_into(command, path):
    """`command > path`, unmeasured."""
    with open(path, "wb") as out, _started(command, stdout=out) as tool:
        tool.cost()


def watched_put(command, source):
    """As `put`, not timed: peak memory in bytes, {"anonymous", "mapped"}."""
    with _started(command, stdin=source) as tool:
        watch = tool.watch()
        tool.cost()
        return watch.finish()


def watched_get(command):
    """As `get`, not timed: (peak memory, SHA-256 of what came, in hex)."""
    with _started(command, stdout=subprocess.PIPE) as tool:
        watch = tool.watch()
        digest = sha256(tool.output)
        tool.cost()
        return watch.finish(), digest


def plain(command):
    """Runs a command to its end, unmeasured, without input or output."""
    with _started(command) as tool:
        tool.cost()


def sha256(stream):
    digest = hashlib.sha256()
    while block := stream.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


class _Running:
    """A started tool; the clock runs from just before its feeder started."""

    def __init__(self, command, process, errors, start):
        self._command = command
        self._process = process
        self._errors = errors
        self._start = start
        self.output = process.stdout

    def watch(self):
        watch = memory.Watch(self._process.pid)
        watch.start()
        return watch

    def cost(self, drain=None):
        """Waits for the tool, and for who takes its output; raises Failed unless it succeeded."""
        # wait4 counts the tool and every descendant it waited for.
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if drain is not None:
            drain.wait()
        wall = time.perf_counter() - self._start
        if self._process.returncode != 0:
            self._errors.seek(0)
            said = self._errors.read().decode(errors="replace")[-2000:]
            raise Failed(f"Exit {self._process.returncode} from {self._command}\n{said}")
        return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime}


@contextlib.contextmanager
def _started(command, stdin=None, stdout=subprocess.DEVNULL):
    """Starts a command fed from the file `stdin`; whatever happens, nothing of it is left running."""
    with tempfile.TemporaryFile() as errors, contextlib.ExitStack() as cleanup:
        start = time.perf_counter()
        feeder = subprocess.Popen(["cat", stdin], stdout=subprocess.PIPE) if stdin else None
        if feeder:
            cleanup.callback(feeder.wait)
        process = subprocess.Popen(
            command.arguments, env={**os.environ, **command.environment},
            stdin=feeder.stdout if feeder else subprocess.DEVNULL, stdout=stdout, stderr=errors)
        cleanup.callback(_end, process)
        if feeder:
            # The tool alone may hold the reading end, or cat would never see that the tool left.
            feeder.stdout.close()
        yield _Running(command, process, errors, start)


def _end(process):
    if process.stdout:
        process.stdout.close()
    if process.returncode is None:
        process.kill()
        process.wait()
