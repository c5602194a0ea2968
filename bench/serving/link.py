"""A link of a given rate and delay between two network namespaces, for everything that is started inside."""

import contextlib
import os
import pathlib
import subprocess
import sys

import packages
from serving.way import Place

RELAY = pathlib.Path(__file__).with_name("relay.py")
RATE = 100_000_000  # bits a second, either way
DELAY = 25  # milliseconds, one way: 50 there and back
MTU = 1500
# What the sender's queue holds at most: what the link holds, as is usual for a router.
QUEUE = RATE // 8 * 2 * DELAY // 1000
BURST = 16 << 10  # bytes sent at once: at this rate what passes in 1.3 ms, about the kernel's tick
NEAR, FAR = "streamback-bench-near", "streamback-bench-far"
# Addresses for documentation: nobody's.
ADDRESSES = {NEAR: "192.0.2.1", FAR: "192.0.2.2"}
NETWORK = "192.0.2.0/24"
DEVICES = {NEAR: "sb-near", FAR: "sb-far"}


class Link:
    """Both ends: the place of servers, the words before a client's command, and what has passed."""

    place = Place(ADDRESSES[FAR], ("ip", "netns", "exec", FAR))
    near = ("ip", "netns", "exec", NEAR)

    def passed(self):
        """Bytes of IP packets so far: (to the servers, from them), at the far end."""
        counters = _inside(FAR, "cat", "/proc/net/dev")
        line, = (line for line in counters.splitlines() if line.strip().startswith(DEVICES[FAR] + ":"))
        fields = line.partition(":")[2].split()
        return int(fields[0]), int(fields[8])


def ensure():
    """Raises MissingPackages unless a link can be made here."""
    if os.geteuid() != 0:
        raise packages.MissingPackages("The link needs root, for network namespaces: --parts speed,parallel goes without")
    packages.ensure("iproute2")


@contextlib.contextmanager
def up():
    """The link, until the block ends. What an earlier run left behind is ended first."""
    _remove()
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(_remove)
        for name in (NEAR, FAR):
            _ip("netns", "add", name)
        words = [sys.executable, RELAY, str(DELAY), DEVICES[NEAR], DEVICES[FAR]]
        relay = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        cleanup.callback(_end, relay)
        relay.stdout.readline()
        for name in (NEAR, FAR):
            _join(name)
        yield Link()


def _join(name):
    """Moves a device of the relay into its namespace, with an address and a rate."""
    device = DEVICES[name]
    _ip("link", "set", device, "netns", name)
    _inside(name, "ip", "link", "set", "lo", "up")
    _inside(name, "ip", "link", "set", device, "mtu", str(MTU), "up")
    _inside(name, "ip", "address", "add", f"{ADDRESSES[name]}/24", "dev", device)
    _inside(name, "tc", "qdisc", "add", "dev", device, "root", "tbf", "rate", f"{RATE}bit", "burst", str(BURST), "limit", str(QUEUE))
    # Whatever this machine prefers: what most have. (By the route, since a namespace's own default may not be every one.)
    _inside(name, "ip", "route", "change", NETWORK, "dev", device, "src", ADDRESSES[name], "congctl", "cubic")


def _remove():
    for name in (NEAR, FAR):
        if not pathlib.Path(f"/run/netns/{name}").exists():
            continue
        for pid in _ip("netns", "pids", name).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), 9)
        _ip("netns", "delete", name)


def _end(relay):
    relay.stdin.close()
    try:
        relay.wait(5)
    except subprocess.TimeoutExpired:
        relay.kill()
        relay.wait()
    relay.stdout.close()


def _inside(name, *words):
    return _run("ip", "netns", "exec", name, *words)


def _ip(*words):
    return _run("ip", *words)


def _run(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, text=True).stdout
