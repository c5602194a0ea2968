"""Series `dump`: four plain SQL dumps of one pgbench database, with transactions between them."""

import pathlib
import subprocess
import tempfile

from series import folder, postgres
from series.words import Prose

SCALE = 30
ACCOUNTS = 100_000 * SCALE
TELLERS = 10 * SCALE
# Characters of `filler`; pgbench leaves them blank, which no real database does.
ACCOUNT_FILLER = 84
SMALL_FILLER = 84
SEED = 20261101
# (transactions, script) before each dump.
STEPS = [(0, "uniform"), (500, "uniform"), (3_000, "uniform"), (20_000, "skewed")]
HERE = pathlib.Path(__file__).parent


def make(target):
    with folder.building(target) as (partial, told), postgres.running() as server:
        _fill(server)
        for number, (transactions, script) in enumerate(STEPS, start=1):
            if transactions:
                _work(server, transactions, script, seed=SEED + number)
            _dump(server, partial / f"{number}.sql")
        version = server.run("postgres", "--version", stdout=subprocess.PIPE, text=True).stdout.strip()
        told["source"] = f"{version}, pgbench scale {SCALE}, transactions before each dump: " + ", ".join(
            f"{transactions} {script}" if transactions else "none" for transactions, script in STEPS)


def _fill(server):
    """pgbench's tables and keys, with its rows but text for filler."""
    quiet = {"stderr": subprocess.DEVNULL}
    server.run("pgbench", "-q", "-i", "-I", "dt", **quiet)
    # The clock lies in a schema of its own, which the dumps leave out.
    server.sql("CREATE SCHEMA bench; CREATE SEQUENCE bench.tick")
    prose = Prose(SEED)
    _copy(server, "pgbench_branches", (f"{bid}\t0\t{prose.line(SMALL_FILLER)}" for bid in range(1, SCALE + 1)))
    _copy(server, "pgbench_tellers",
          (f"{tid}\t{(tid - 1) // 10 + 1}\t0\t{prose.line(SMALL_FILLER)}" for tid in range(1, TELLERS + 1)))
    _copy(server, "pgbench_accounts",
          (f"{aid}\t{(aid - 1) // 100_000 + 1}\t0\t{prose.line(ACCOUNT_FILLER)}" for aid in range(1, ACCOUNTS + 1)))
    server.run("pgbench", "-q", "-i", "-I", "vp", **quiet)


def _copy(server, table, rows):
    # COPY FROM STDIN takes its rows from psql's standard input, which here is a file without a name.
    with tempfile.TemporaryFile("w+") as spool:
        spool.writelines(row + "\n" for row in rows)
        spool.seek(0)
        server.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-c", f"COPY {table} FROM STDIN", stdin=spool)


def _work(server, transactions, script, seed):
    """One client and a fixed seed: the same rows change in the same order in every run."""
    text = (HERE / f"{script}.sql").read_bytes()
    server.run("pgbench", "-n", "-c", "1", "-t", str(transactions), "-s", str(SCALE), f"--random-seed={seed}", "-f", "-",
               input=text, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _dump(server, file):
    options = ["--exclude-schema=bench"]
    # Newer versions put a random key into every dump; a fixed one keeps the series the same in every run.
    if "--restrict-key" in server.run("pg_dump", "--help", stdout=subprocess.PIPE, text=True).stdout:
        options.append("--restrict-key=streamback")
    with open(file, "wb") as out:
        server.run("pg_dump", *options, stdout=out)
