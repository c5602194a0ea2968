"""Debian packages: installed quietly, and only those that are missing."""

import os
import subprocess


class MissingPackages(Exception):
    """Packages are missing and cannot be installed by this user."""


def ensure(*names):
    """Installs the named packages unless all of them are there; says nothing when it succeeds."""
    missing = [name for name in names if version(name) is None]
    if not missing:
        return
    if os.geteuid() != 0:
        raise MissingPackages("Please install: apt-get install " + " ".join(missing))
    # Debian's mirrors drop old versions, so a stale index is refreshed once before giving up.
    if _install(missing) is not None:
        _apt("update")
        if problem := _install(missing):
            raise MissingPackages(f"Cannot install {' '.join(missing)}: {problem}")


def version(name):
    """The installed version of a package, or None."""
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", name],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    status, _, installed = answer.stdout.partition(" ")
    return installed if status == "installed" else None


def _install(names):
    return _apt("install", "-y", "--no-install-recommends", *names)


def _apt(*arguments):
    """None when it succeeded, else what apt said."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(
        ["apt-get", "-qq", *arguments], env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip() or f"exit {done.returncode}"
