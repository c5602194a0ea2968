"""Servers: started, waited for, and ended by their process id."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

import measure

PATIENCE = 30  # seconds for a server to begin, to end, or to finish with a client that is gone
TICK = os.sysconf("SC_CLK_TCK")


class Daemon:
    """One running server. `cpu()` counts it and the children it has waited for, in seconds, to a hundredth."""

    def __init__(self, process, log):
        self._process = process
        self._log = log

    @property
    def pid(self):
        return self._process.pid

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICK

    def settle(self):
        """Waits until no child is left: what ran for a client that has ended."""
        tasks = pathlib.Path(f"/proc/{self.pid}/task")
        self._until(lambda: not any(file.read_text() for file in tasks.glob("*/children")), "still has children")

    def listening(self):
        """Waits until sshd takes connections."""
        self._until(lambda: "listening on" in self.said(), "does not listen")

    def announced(self):
        """The address that `streamback serve` says it listens on."""
        self._until(lambda: "Listening on " in self.said(), "does not listen")
        return self.said().split("Listening on ", 1)[1].split()[0]

    def said(self):
        return self._log.read_text(errors="replace")

    def _until(self, true, problem):
        end = time.monotonic() + PATIENCE
        while not true():
            if self._process.poll() is not None:
                raise measure.Failed(f"Exit {self._process.returncode} from {self._process.args}\n{self.said()[-2000:]}")
            if time.monotonic() > end:
                raise measure.Failed(f"{self._process.args} {problem} after {PATIENCE} s\n{self.said()[-2000:]}")
            time.sleep(0.01)


@contextlib.contextmanager
def started(arguments, log, environment=None, inside=()):
    """Runs a server, which must stay in the foreground, until the block ends.

    `inside`: words that go before, such as `ip netns exec …`.
    """
    # It ends with this process, however that ends.
    words = [*inside, "setpriv", "--pdeathsig", "TERM", *map(str, arguments)]
    with open(log, "wb") as out:
        process = subprocess.Popen(words, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield Daemon(process, pathlib.Path(log))
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def sshd(kit, home, environment, place):
    """An sshd of its own for one user, this one, with a key for the way in. Yields (the daemon, its port)."""
    port = _free_port()
    if os.geteuid() == 0:
        # Where it wants to be, before it knows who comes.
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    # What runs on the far side has this environment and no other.
    variables = " ".join(f'"{name}={value}"' for name, value in environment.items())
    configuration = home / "sshd_config"
    configuration.write_text(f"""
Port {port}
ListenAddress {place.address}
HostKey {kit.host_key}
AuthorizedKeysFile {kit.own_key}.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv {variables}
Subsystem sftp internal-sftp
LogLevel INFO
""")
    words = [shutil.which("sshd", path=kit.path()), "-D", "-e", "-f", configuration]
    with started(words, home / "sshd.log", inside=place.inside) as daemon:
        daemon.listening()
        yield daemon, port


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]

