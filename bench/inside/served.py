"""A warm server over the repository of a tar of very many members: what a request takes, by curl."""

import json
import os
import pathlib
import re
import statistics
import subprocess

import product
from serving import daemon

ROUNDS = 15  # a request takes milliseconds, which differ more than a command's


def measured(tool, big, folder, member):
    """Medians in seconds of whole answers, and of the first byte of one file; and the server's memory in bytes."""
    environment = {**os.environ, **tool.environment()}
    token = subprocess.run([*product.program(), "token", "add", "bench", "--allow", "get,list"], env=environment,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout.strip()
    with daemon.started([*product.program(), "serve", "--listen", "http://127.0.0.1:0"], tool.home / "serve.log", tool.environment()) as server:
        address = server.announced()
        api = f"{address}/api/v1/snapshots/bench@latest"
        asked = {
            "list one folder": ["time_total", f"{api}/catalog?path={folder}"],
            "list a folder of 10 000": ["time_total", f"{api}/catalog?path={big}"],
            "WebDAV: list a folder of 10 000": ["time_total", "-X", "PROPFIND", "-H", "Depth: 1", f"{address}/dav/bench/@latest/{big}/"],
            "one file, first byte": ["time_starttransfer", f"{api}/member?path={member}"],
            "find a name": ["time_total", f"{address}/api/v1/find?pattern=file00777.txt"],
        }
        took = {name: statistics.median(_curl(token, *words) for _ in range(ROUNDS if name != "find a name" else 3)) for name, words in asked.items()}
        memory = int(re.search(r"^VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{server.pid}/status").read_text(), re.MULTILINE).group(1)) * 1024
    return {"seconds": took, "memory": memory}


def _curl(token, time, *words):
    answer = subprocess.run(["curl", "-sf", "-o", "/dev/null", "-w", json.dumps(f"%{{{time}}}"), "-H", f"Authorization: Bearer {token}", *words],
                            stdout=subprocess.PIPE, text=True, check=True)
    return float(json.loads(answer.stdout))
