"""A throw-away PostgreSQL server on a free loopback port."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import packages

USER = "postgres"


class Server:
    """A running server; commands run as the user who owns it."""

    def __init__(self, programs, home, port):
        self._programs = programs
        self._home = home
        self._port = port

    def command(self, program, *arguments):
        """The command line of one of PostgreSQL's own programs, connected to this server."""
        # PostgreSQL refuses root.
        as_user = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
        return [*as_user, str(self._programs / program), *arguments]

    def run(self, program, *arguments, **options):
        """Runs a program against this server; raises when it fails."""
        environment = dict(os.environ, PGHOST="127.0.0.1", PGPORT=str(self._port), PGUSER=USER, PGDATABASE=USER)
        return subprocess.run(self.command(program, *arguments), env=environment, cwd=self._home, check=True, **options)

    def sql(self, text):
        self.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-c", text, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def running():
    """Yields a fresh Server; stops and deletes it afterwards."""
    packages.ensure("postgresql")
    programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    home = pathlib.Path(tempfile.mkdtemp(prefix="streamback-postgres-", dir="/var/tmp"))
    try:
        if os.geteuid() == 0:
            shutil.chown(home, USER, USER)
        port = _free_port()
        server = Server(programs, home, port)
        with _started(server, home, port):
            yield server
    finally:
        shutil.rmtree(home)


@contextlib.contextmanager
def _started(server, home, port):
    data = home / "data"
    # Nothing here needs to survive a crash; no autovacuum, so that the same transactions give the same rows in the same order.
    settings = (f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off "
                "-c full_page_writes=off -c autovacuum=off -c max_wal_size=4GB")
    quiet = {"stdout": subprocess.DEVNULL}
    server.run("initdb", "-D", str(data), "-A", "trust", "-U", USER, "-N", "-E", "UTF8", "--locale=C", **quiet)
    server.run("pg_ctl", "-s", "-w", "-D", str(data), "-l", str(home / "log"), "-o", settings, "start", **quiet)
    try:
        yield
    finally:
        server.run("pg_ctl", "-s", "-w", "-m", "immediate", "-D", str(data), "stop", **quiet)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
