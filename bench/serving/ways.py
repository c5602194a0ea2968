"""All ways to a repository."""

import contextlib
import functools
import os
import pathlib
import re
import subprocess

from product import program
from serving import daemon, kit
from serving.way import Way

# What the one token allows: everything that a put and a get may need.
RIGHTS = "put,get,list"
GCM = "aes128-gcm@openssh.com"


class Stdio(Way):
    name = "stdio"
    about = "`serve --stdio` over two plain pipes (a script in ssh's place)"
    far_is_child = True

    @contextlib.contextmanager
    def serving(self):
        self._times = self.home / "times"
        self._times.touch()
        self.reach = {"STREAMBACK_REPOSITORY": f"ssh://far{self.repository}", "PATH": self.kit.path(self.kit.pipes),
                      "FAR_TIMES": str(self._times)}
        yield

    @contextlib.contextmanager
    def counting(self):
        self.reach["FAR_COUNT"] = str(self.home)
        yield lambda: sum(_copied(self.home / way) for way in ("up", "down"))
        del self.reach["FAR_COUNT"]

    def far_cpu(self):
        # Of each run two lines: the shell's own times, and those of its children.
        lines = self._times.read_text().splitlines()[1::2]
        return sum(60 * int(minutes) + float(seconds) for line in lines for minutes, seconds in re.findall(r"(\d+)m([\d.]+)s", line))


class Networked(Way):
    """A way over the loopback, whose own counters say what has moved: with TCP's headers, and all that anyone else sends there."""

    @contextlib.contextmanager
    def counting(self):
        before = _loopback()
        yield lambda: _loopback() - before


class Http(Networked):
    name = "http"
    about = "a server on TCP, with a token"
    scheme = "http"
    token = None

    @contextlib.contextmanager
    def serving(self):
        state, mine = self.home / "far-state", self.far_environment()
        self.token = self.token or _token(state, mine)
        words = [*program(), "serve", "--listen", f"{self.scheme}://{self.place.address}:0", "--state", state]
        if self.scheme == "https":
            words += ["--tls-cert", self.kit.certificate, "--tls-key", self.kit.certificate_key]
        with daemon.started(words, self.home / "serve.log", mine, self.place.inside) as self.server:
            self.address = self.server.announced()
            self.reach = {"STREAMBACK_REPOSITORY": self.address, "STREAMBACK_TOKEN": self.token, "SSL_CERT_FILE": str(self.kit.certificate)}
            yield

    def far_cpu(self):
        return self.server.cpu()


class Https(Http):
    name = "https"
    about = "a server on TCP, with a token and TLS"
    scheme = "https"


class Curl(Http):
    name = "curl"
    about = "plain curl to the server of `http`: PUT, GET"

    def put(self, snapshot, name="bench"):
        return self._curl("-T", "-", f"{self.address}/api/v1/snapshots/{name}")

    def get(self, snapshot, snapshots, name="bench"):
        return self._curl(f"{self.address}/api/v1/snapshots/{name}@-{snapshots - snapshot + 1}")

    def _curl(self, *arguments):
        return self.command("curl", "-sSf", "-H", f"Authorization: Bearer {self.token}", *arguments)


class Ssh(Networked):
    name = "ssh"
    about = "a real sshd, ssh's own choice of cipher"
    cipher = ()

    @contextlib.contextmanager
    def serving(self):
        with daemon.sshd(self.kit, self.home, self.far_environment(), self.place) as (self.server, port):
            ssh = kit.ssh(self.kit, self.home, self.place.address, port, self.cipher)
            self.reach = {"STREAMBACK_REPOSITORY": f"ssh://far{self.repository}", "PATH": self.kit.path(ssh)}
            yield

    def settle(self):
        self.server.settle()

    def far_cpu(self):
        return self.server.cpu()


class SshGcm(Ssh):
    name = "ssh-gcm"
    about = f"a real sshd, {GCM}"
    cipher = ("-o", f"Ciphers={GCM}")


def _token(state, environment):
    made = subprocess.run([*program(), "token", "add", "bench", "--allow", RIGHTS, "--state", str(state)], env={**os.environ, **environment},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, text=True)
    return made.stdout.strip()


def _copied(said):
    """Bytes that dd says it has copied."""
    return int(re.search(r"^(\d+) bytes", said.read_text(), re.MULTILINE).group(1))


def _loopback():
    return int(pathlib.Path("/sys/class/net/lo/statistics/tx_bytes").read_text())


@functools.cache
def can_stream():
    """Whether this client has `put --stream`: without asking first which chunks are there."""
    told = subprocess.run([*program(), "put", "--help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
    return "--stream" in told.stdout


def streaming(way):
    """The same way, put by `put --stream`."""
    return type(way.__name__ + "Stream", (way,), {
        "name": f"{way.name}-stream", "about": f"{way.about}; `put --stream`", "options": ("--stream",), "gets": False})


def all_ways():
    """Every way that this client has, in the order of the page."""
    ways = [Way]
    for way in (Stdio, Http, Https, Ssh, SshGcm):
        ways.append(way)
        if can_stream():
            ways.append(streaming(way))
    return [*ways, Curl]
