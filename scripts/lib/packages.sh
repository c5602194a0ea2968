# Debian packages, and how they get onto the machine. Sourced by the scripts beside it.

# What the program loads.
run_packages=(libsodium23 libzstd1 libssl3)

# What restoring from NuGet needs besides, and linking.
build_packages=(ca-certificates gcc libc6-dev zlib1g-dev)

# Other readers of tar and of the repository format, what makes unusual files for them, and what completions and the
# manual page are for.
test_packages=(
  libarchive-tools acl attr bsdutils util-linux procps zsh fish groff-base mandoc
  curl openssl openssh-server openssh-client systemd
  rclone cadaver davfs2 fuse3 chromium fonts-dejavu-core unzip
  python3 python3-cryptography python3-nacl python3-zstandard python3-aiosmtpd
)

# fail MESSAGE [EXIT_CODE]
fail() {
  echo "${0##*/}: $1" >&2
  exit "${2:-1}"
}

# need PACKAGE…: installs what is missing, and says nothing when nothing is.
need() {
  command -v dpkg-query >/dev/null || fail "this is no Debian: install what these packages hold, then build by hand: $*"
  local installed package missing=()
  # A package may have been renamed and only be provided by its successor (libssl3 by libssl3t64).
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' | sed -n 's/^installed \(.*\)$/, \1,/p')
  for package; do
    grep -Eq ", ${package//+/\\+}( \([^)]*\))?," <<<"$installed" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  ((EUID == 0)) || fail "these packages are missing, ask root for: apt-get install ${missing[*]}"
  echo "Installing ${missing[*]} …" >&2
  local log # shown only if it comes to nothing: the package lists may just be old or absent
  log=$(install_packages "${missing[@]}") ||
    log=$(apt-get -qq update 2>&1 && install_packages "${missing[@]}") ||
    fail "apt-get could not install ${missing[*]}"$'\n'"$log"
}

# Without documentation: it must not change under a tar of /usr/share/doc that waits on our standard input.
# A service that comes with a package is not started: tests start their own.
install_packages() {
  local policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap "rm -f $policy" RETURN
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
  fi
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
    -o Dpkg::Options::='--path-exclude=/usr/share/doc/*' install "$@" </dev/null 2>&1
}
