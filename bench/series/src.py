"""Series `src`: the kernel source tree as a tar, before and after a few weeks of work on it."""

import pathlib
import subprocess
import tempfile

from series import edits, folder, kernel


def make(target):
    with folder.building(target) as (partial, told), tempfile.TemporaryDirectory(dir=target.parent) as work:
        tree, _, version = kernel.unpack(pathlib.Path(work))
        _tar(tree, partial / "1.tar")
        edits.apply(tree)
        _tar(tree, partial / "2.tar")
        told["source"] = f"{kernel.PACKAGE} {version} without {kernel.TABLES}; then {edits.SUMMARY}"


def _tar(tree, file):
    subprocess.run(["tar", "-C", tree.parent, "--sort=name", "--owner=root:0", "--group=root:0", "--format=gnu",
                    f"--exclude={tree.name}/{kernel.TABLES}", "-cf", file, tree.name], check=True)
