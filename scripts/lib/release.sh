# The release build in .build/release, a link to the newest of .build/release-*. Sourced; $root is the checkout.

release=$root/.build/release

# release_is_fresh: whether no source is newer than the build. It runs before every command: one find, no more.
# A project's own folder is left out, since its time changes with the bin and obj that other builds put into it.
release_is_fresh() {
  [[ -e $release/stamp ]] &&
    [[ -z $(find "$root"/{src,global.json,Directory.Build.props,Directory.Packages.props} \
      \( -name bin -o -name obj \) -prune -o \( -type f -o -path "$root/src/*/*" \) -newer "$release/stamp" -print -quit) ]]
}

# build_release: makes it fresh. Two at once build once. Standard input may be somebody's stream, and is left alone.
build_release() {
  . "$root/scripts/lib/packages.sh"
  . "$root/scripts/lib/dotnet.sh"
  need_sdk
  mkdir -p "$root/.build"
  (
    flock 9
    release_is_fresh || publish 9>&-
  ) </dev/null >&2 9>"$root/.build/lock"
}

publish() {
  local first=
  [[ -e $release/stamp ]] || first=' (the first time takes about a minute)'
  echo "Building streamback$first …"
  need "${run_packages[@]}" "${build_packages[@]}"
  local new old log=$root/.build/release.log
  new=$root/.build/release-$(date +%Y%m%d%H%M%S.%N)
  mkdir "$new"
  touch "$new/stamp" # before the build: what changes while it runs is built next time
  if ! dotnet publish "$root/src/Client" -c Release -r linux-x64 -o "$new" \
    --artifacts-path "$root/.build/artifacts" "${build_flags[@]}" >"$log" 2>&1; then
    cat "$log"
    rm -rf "$new"
    fail "the build failed"
  fi

  # A process of the build before may still be loading files: that one stays until the next.
  old=$(readlink "$release" || true)
  find "$root/.build" -maxdepth 1 -name 'release-*' ! -name "${new##*/}" ! -name "${old:-none}" -exec rm -rf {} +
  ln -s "${new##*/}" "$root/.build/release.link"
  mv -T "$root/.build/release.link" "$release"
}
