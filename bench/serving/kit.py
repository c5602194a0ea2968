"""What serving needs besides a repository, made once for a run: ssh keys, a certificate, and the commands that go first on PATH."""

import os
import pathlib
import shlex
import subprocess

import product

# Needed on both ends of what is measured here.
PACKAGES = ("openssh-server", "openssh-client", "openssl", "curl")

# What stands in for ssh where only the two pipes are to be measured. It adds up the far side's CPU seconds in $FAR_TIMES,
# and counts, when asked, the bytes of both ways: `dd` passes every piece on as it comes.
_PIPES = """#!/bin/bash
set -o pipefail
command=${!#}
if [[ -n ${FAR_COUNT-} ]]; then
  dd bs=1M 2>"$FAR_COUNT/up" | sh -c "$command" | dd bs=1M 2>"$FAR_COUNT/down"
else
  sh -c "$command"
fi
code=$?
times >>"$FAR_TIMES"
exit $code
"""


class Kit:
    """Files in `folder`, which must be there and empty."""

    def __init__(self, folder, *addresses):
        """`addresses`: the IP addresses that the certificate is good for."""
        self.folder = pathlib.Path(folder)
        self.certificate, self.certificate_key = self.folder / "server.pem", self.folder / "server.key"
        self.host_key, self.own_key = self.folder / "host", self.folder / "own"
        _run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
             "-subj", "/CN=bench", "-addext", "subjectAltName=" + ",".join(f"IP:{address}" for address in addresses),
             "-keyout", self.certificate_key, "-out", self.certificate)
        for key in (self.host_key, self.own_key):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        self.program = script(self.folder / "bin/streamback", f'#!/bin/sh\nexec {shlex.join(product.program())} "$@"\n')
        self.pipes = script(self.folder / "pipes/ssh", _PIPES).parent

    def path(self, *first):
        """A PATH that finds the streamback under test, and before that what is in `first`."""
        return ":".join(map(str, [*first, self.program.parent, os.environ["PATH"], "/usr/sbin"]))


def script(path, text):
    """Writes an executable file; returns its path."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def ssh(kit, home, address, port, options=()):
    """A folder for PATH, in `home`, with an ssh that reaches that sshd as any host: the real one."""
    fixed = {"IdentitiesOnly": "yes", "BatchMode": "yes", "StrictHostKeyChecking": "no", "UserKnownHostsFile": "/dev/null",
             "LogLevel": "ERROR", "Hostname": address, "Port": port}
    settings = " ".join(f"-o {name}={value}" for name, value in fixed.items())
    words = f"/usr/bin/ssh -F none -i {kit.own_key} {settings} {' '.join(options)}"
    return script(home / "ssh/ssh", f'#!/bin/sh\nexec {words} "$@"\n').parent


def _run(*arguments):
    done = subprocess.run(list(map(str, arguments)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, check=False)
    if done.returncode != 0:
        raise product.Missing(f"{arguments[0]}: {done.stderr.strip()}")
