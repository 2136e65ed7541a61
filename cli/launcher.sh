# Shared by ./gameday and ./test: install what is missing, build what changed. Sourced, not run.
# Expects $root (the checkout). Speaks on standard error only.

say() { printf '%s\n' "$*" >&2; }
fail() { say "gameday: $1"; exit "$2"; }

missing_packages() {
  local wanted
  wanted=$(sed -e "${with_tests:-/^# tests/,/^# hosts/d}" -e 's/#.*//' -e '/^[[:space:]]*$/d' \
    "$root/packages.txt")
  # dpkg-query exits 1 when it does not know a name at all: those are missing too.
  { dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true; } |
    awk '$1 == "installed" {print $2}' | sort -u > "$scratch/have"
  printf '%s\n' $wanted | sort -u | comm -23 - "$scratch/have"
}

# Services that our packages bring and that must not run on this machine because of us.
our_units="haproxy pgbouncer postgresql prometheus prometheus-alertmanager \
prometheus-node-exporter prometheus-postgres-exporter runit runsvdir nftables"

install_packages() {
  local missing="$1" as_root="" unit policy=/usr/sbin/policy-rc.d brought="" known=""
  local command="apt-get install --no-install-recommends $(echo $missing)"
  if [ "${GAMEDAY_NO_INSTALL:-}" = 1 ]; then
    fail "these Debian packages are missing; install them and run this again: sudo $command" 3
  fi
  command -v apt-get >/dev/null || fail "needs the Debian packages of packages.txt, and there is no apt-get: use Debian 12" 3
  say "gameday: installing Debian packages that are missing, to build and to run the stack: $(echo $missing)"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      fail "installing needs root and there is no sudo; as root: $command" 3
    say "gameday: sudo is asked for now, for this installation only"
    as_root=sudo
  fi
  for unit in $our_units; do
    if systemctl cat "$unit" >/dev/null 2>&1; then known="$known $unit"; fi
  done
  $as_root apt-get -qq update || fail "apt-get update failed: look at the network and the sources" 3
  # With this policy no package starts a service while it is being installed. It goes again however
  # this ends.
  if [ ! -e "$policy" ]; then
    trap "$as_root rm -f $policy; rm -rf \"$scratch\"" EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
    brought=yes
  fi
  local status=0
  # The environment is set behind sudo, which would otherwise drop it.
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    $missing >"$scratch/apt.log" 2>&1 || status=$?
  if [ "$brought" = yes ]; then
    $as_root rm -f "$policy"
    trap - INT TERM HUP
    trap 'rm -rf "$scratch"' EXIT
  fi
  if [ "$status" != 0 ]; then
    tail -n 5 "$scratch/apt.log" >&2
    fail "apt-get could not install the packages: $command" 3
  fi
  if [ -d /run/systemd/system ]; then
    for unit in $our_units; do
      case " $known " in
        *" $unit "*) ;;  # it was there before: not ours to touch
        *) $as_root systemctl disable -q "$unit" >/dev/null 2>&1 || true ;;
      esac
    done
  fi
}

# build PRESET STAMP TARGET...: configures and builds; prints the output only when it failed.
build() {
  local preset="$1" stamp="$2"; shift 2
  local folder="$root/build/$preset"
  mkdir -p "$folder" 2>/dev/null || fail "cannot write $folder: run from a checkout of your own" 3
  say "gameday: building (once, and after changes)"
  touch "$folder/$stamp.new"
  if ! { cd "$root" && cmake --preset "$preset" && cmake --build "$folder" --target "$@"; } \
      >"$scratch/build.log" 2>&1; then
    rm -f "$folder/$stamp.new"
    grep -E 'error|Error|FAILED' "$scratch/build.log" | head -n 20 >&2
    cp "$scratch/build.log" "$folder/build.log"
    fail "the build failed; the whole output is in build/$preset/build.log" 1
  fi
  mv "$folder/$stamp.new" "$folder/$stamp"
}

# Makes sure that the packages are there and that the targets are newer than every source.
prepare() {
  local preset="$1" stamp="$2"; shift 2
  local built="$root/build/$preset/$stamp"
  # What lies beside the sources, a report for example, is none of them.
  if [ -e "$built" ] && [ -z "$(find "$root"/*/ "$root"/CMake* "$root/packages.txt" \
      -path "$root/build/" -prune -o -newer "$built" -print -quit)" ]; then
    return
  fi
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  local missing
  missing=$(missing_packages)
  if [ -n "$missing" ]; then install_packages "$missing"; fi
  # One build at a time in one checkout, whoever else starts.
  mkdir -p "$root/build" 2>/dev/null || fail "cannot write $root/build: run from a checkout of your own" 3
  exec 9>"$root/build/.lock"
  flock 9
  build "$preset" "$stamp" "$@"
  exec 9>&-
  rm -rf "$scratch"
  trap - EXIT
}
