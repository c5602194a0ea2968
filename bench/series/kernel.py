"""Debian's kernel source package, downloaded once and unpacked where a series needs it."""

import os
import pathlib
import subprocess

import packages

PACKAGE = "linux-source-6.1"
# Debian 12's last point release: it stays on the mirrors, while security updates come and go.
VERSION = "6.1.176-1"
# Generated register tables of one driver family: a third of the whole, hardly any information.
TABLES = "drivers/gpu/drm/amd"


def unpack(into):
    """Unpacks the package below `into`; returns (the tree, the tar.xz it came from, the version)."""
    packages.ensure("xz-utils")
    version = _download(into)
    package, = into.glob(f"{PACKAGE}_*.deb")
    subprocess.run(["dpkg-deb", "-x", str(package), str(into / "package")], check=True)
    package.unlink()
    packed, = (into / "package/usr/src").glob("*.tar.xz")
    subprocess.run(["tar", "-xf", str(packed), "-C", str(into)], check=True)
    _date_folders(into / PACKAGE, packed.stat().st_mtime)
    return into / PACKAGE, packed, version


def _date_folders(tree, time):
    """Folders that the package's tar does not list would bear the time of unpacking, another in every run."""
    for folder, _, _ in os.walk(tree):
        os.utime(folder, (time, time))


def _download(into):
    """Downloads the pinned version, or else what Debian has now; returns the version."""
    if _apt("download", f"{PACKAGE}={VERSION}", into=into):
        return VERSION
    _apt("update", into=into)
    if _apt("download", f"{PACKAGE}={VERSION}", into=into):
        return VERSION
    if not _apt("download", PACKAGE, into=into):
        raise OSError(f"Cannot download {PACKAGE}")
    return next(pathlib.Path(into).glob(f"{PACKAGE}_*.deb")).name.split("_")[1]


def _apt(*arguments, into):
    done = subprocess.run(["apt-get", "-qq", *arguments], cwd=into, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0
