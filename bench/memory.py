"""Peak memory of a process and all its descendants, by sampling /proc."""

import pathlib
import threading

PERIOD = 0.02  # seconds between samples; a peak shorter than this may be missed


class Watch(threading.Thread):
    """Samples from `start` until `finish`; a watched run is not timed, since watching costs time."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self._pid = pid
        self._ended = threading.Event()
        self._anonymous = 0
        self._mapped = 0

    def run(self):
        while not self._ended.is_set():
            samples = [resident(pid) for pid in _tree(self._pid)]
            self._anonymous = max(self._anonymous, sum(anonymous for anonymous, _ in samples))
            self._mapped = max(self._mapped, sum(mapped for _, mapped in samples))
            self._ended.wait(PERIOD)

    def finish(self):
        """Returns the peaks, in bytes: anonymous pages, and pages of mapped files (programs, libraries, mapped data)."""
        self._ended.set()
        self.join()
        return {"anonymous": self._anonymous, "mapped": self._mapped}


def _tree(pid):
    yield pid
    try:
        for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from _tree(int(child))
    except (FileNotFoundError, ProcessLookupError):
        pass  # the process ended meanwhile


def resident(pid):
    """(anonymous, mapped) bytes of one process now; nothing of one that has ended."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    kilobytes = dict(line.split()[:2] for line in lines if line.startswith("Rss"))
    return (int(kilobytes.get("RssAnon:", 0)) << 10,
            (int(kilobytes.get("RssFile:", 0)) + int(kilobytes.get("RssShmem:", 0))) << 10)
