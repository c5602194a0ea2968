"""Series `code`: eight consecutive minor releases of the TypeScript compiler, as the plain tars inside npm's packages."""

import gzip
import json
import pathlib
import shutil
import subprocess
import tempfile

import packages
from series import folder

PACKAGE = "typescript"
# The last patch of each minor release. 4.9 -> 5.0 rewrote the compiler as modules, so the series holds both small and large steps.
RELEASES = ["4.7.4", "4.8.4", "4.9.5", "5.0.4", "5.1.6", "5.2.2", "5.3.3", "5.4.5"]


def make(target):
    if shutil.which("npm") is None:
        packages.ensure("npm", "ca-certificates")
    with folder.building(target) as (partial, told), tempfile.TemporaryDirectory(dir=target.parent) as downloads:
        for number, release in enumerate(RELEASES, start=1):
            packed = _download(release, pathlib.Path(downloads))
            with gzip.open(packed) as source, open(partial / f"{number}.tar", "wb") as tar:
                shutil.copyfileobj(source, tar, 1 << 20)
        told["source"] = f"npm {PACKAGE} {' '.join(RELEASES)}"


def _download(release, into):
    """npm checks the package against the registry's SHA-512 while it downloads."""
    answer = subprocess.run(
        ["npm", "pack", "--json", "--loglevel=error", "--pack-destination", str(into), f"{PACKAGE}@{release}"],
        cwd=into, stdout=subprocess.PIPE, text=True, check=True)
    return into / json.loads(answer.stdout)[0]["filename"]
