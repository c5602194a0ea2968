#!/usr/bin/python3
"""A link with a delay: relay.py MILLISECONDS DEVICE DEVICE

Makes two TUN devices and passes every IP packet from one to the other, either way, after that time, in order and unchanged.
TCP runs from end to end: its windows, acknowledgements and losses are those of the kernels at both ends. Ends at the end of standard input.
"""

import collections
import fcntl
import os
import select
import struct
import sys
import time

# From linux/if_tun.h: IP packets without a header of the device's own.
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
LONGEST = 65536  # bytes of a packet; the devices' MTU is less
BATCH = 64  # packets taken at a time from one side, so that the other is not kept waiting
TICK = 0.0005  # seconds: by at most so much, and the time of taking, a packet comes later than it should


class Direction:
    """Packets on their way from one device to the other."""

    def __init__(self, source, target, delay):
        self._source = source
        self._target = target
        self._delay = delay
        self._held = collections.deque()

    def take(self):
        """Takes what has come, with the time at which it is due."""
        for _ in range(BATCH):
            try:
                packet = os.read(self._source, LONGEST)
            except BlockingIOError:
                return
            self._held.append((time.monotonic() + self._delay, packet))

    def give(self):
        """Passes on what is due; returns how many are still held."""
        while self._held and self._held[0][0] <= time.monotonic():
            try:
                os.write(self._target, self._held.popleft()[1])
            except OSError:
                pass  # a device that is not up: a lost packet, as on any link
        return len(self._held)


def main():
    delay = float(sys.argv[1]) / 1000
    one, other = _device(sys.argv[2]), _device(sys.argv[3])
    directions = {one: Direction(one, other, delay), other: Direction(other, one, delay)}
    print("ready", flush=True)
    held = False
    while True:
        # With packets on their way it looks twice a millisecond; woken by each one it would take a third of a core.
        ready, _, _ = select.select([*directions, sys.stdin], [], [], 0 if held else None)
        if sys.stdin in ready:
            return
        for device in ready:
            directions[device].take()
        held = sum(direction.give() for direction in directions.values()) > 0
        if held:
            time.sleep(TICK)


def _device(name):
    handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return handle


if __name__ == "__main__":
    main()
