"""Series `vm`: the disk image of a machine that holds the kernel source package, before and after work on it."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

import packages
from series import edits, folder, kernel

# 1 000 MiB: the tree below fills nine tenths.
LENGTH = 1_000 << 20
# Left out of the tree, besides the tables that the `src` series leaves out, so that it fits beside the packed source.
LEFT_OUT = [kernel.TABLES, "Documentation", "arch", "sound", "tools"]
# Fixed, so that two runs make the same first image (mkfs takes the time from the environment).
IDENTITY = "6f1d3c1e-5b0a-4c55-9a53-2b7f6d0c9a11"


def make(target):
    packages.ensure("e2fsprogs", "mount")
    if os.geteuid() != 0:
        raise packages.MissingPackages("The series vm mounts its image: run it as root")
    with folder.building(target) as (partial, told), tempfile.TemporaryDirectory(dir=target.parent) as work:
        work = pathlib.Path(work)
        root, version = _machine(work)
        _format(root, partial / "1.img")
        shutil.copyfile(partial / "1.img", partial / "2.img")
        with _mounted(partial / "2.img", work / "mount") as mounted:
            edits.apply(mounted / "usr/src" / kernel.PACKAGE)
        told["source"] = (f"ext4, /usr/src of {kernel.PACKAGE} {version}: the tar.xz, and the tree without "
                          f"{', '.join(LEFT_OUT)}; then {edits.SUMMARY}")


def _machine(work):
    """The files of the machine: the packed source, as a disk holds packed things too, and the tree beside it."""
    tree, packed, version = kernel.unpack(work)
    sources = work / "root/usr/src"
    sources.mkdir(parents=True)
    for part in LEFT_OUT:
        shutil.rmtree(tree / part)
    tree.rename(sources / tree.name)
    packed.rename(sources / packed.name)
    for made in (sources, sources.parent, sources.parent.parent):
        os.utime(made, (edits.NOW, edits.NOW))
    return work / "root", version


def _format(root, image):
    with open(image, "wb") as file:
        file.truncate(LENGTH)
    environment = dict(os.environ, E2FSPROGS_FAKE_TIME=str(edits.NOW))
    subprocess.run(["mkfs.ext4", "-q", "-F", "-U", IDENTITY, "-E", f"hash_seed={IDENTITY},lazy_itable_init=0",
                    "-d", root, image], env=environment, check=True)


@contextlib.contextmanager
def _mounted(image, at):
    at.mkdir()
    subprocess.run(["mount", "-o", "loop", image, at], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", at], check=True)
