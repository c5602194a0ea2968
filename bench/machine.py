"""The machine as the page describes it: what matters for speed, nothing that names it."""

import os
import platform
import re

# Instruction sets that hashing and encryption live on, as /proc/cpuinfo calls them.
INSTRUCTIONS = {"avx2": "AVX2", "avx512f": "AVX-512", "sha_ni": "SHA", "aes": "AES", "vaes": "VAES"}


def describe():
    """{"cores", "memoryGiB", "architecture", "instructions", "kernel"}"""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        flags = set(re.search(r"^flags\s*:(.*)$", file.read() + "\nflags:", re.MULTILINE).group(1).split())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memoryGiB": round(memory / (1 << 30)),
        "architecture": platform.machine(),
        "instructions": [shown for flag, shown in INSTRUCTIONS.items() if flag in flags],
        "kernel": "Linux " + ".".join(platform.release().split(".")[:2]),
    }
