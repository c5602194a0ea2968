# The .NET SDK as the scripts use it: quiet, and no process of it outlives a build. Sourced after packages.sh.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en
export DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 # else the SDK itself asks for ICU
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
# Locked, and without the audit: what was locked builds the same whatever is published about it later.
build_flags=(-nodeReuse:false -p:UseSharedCompilation=false -p:RestoreLockedMode=true -p:NuGetAudit=false)

# need_sdk: ends the script where StreamBack cannot be built.
need_sdk() {
  [[ $(uname -sm) == "Linux x86_64" ]] || fail "only Linux on x86-64 is supported, this is $(uname -sm)" 9
  command -v dotnet >/dev/null || fail "the .NET SDK 10 is missing: https://dotnet.microsoft.com/download"
  [[ -d ${HOME:-} ]] || fail "the home folder '${HOME:-}' is not there, and the .NET SDK needs one: set HOME"
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    fail "the .NET SDK 10 is missing, dotnet finds only: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' ')"
}
