# Shared by ./gameday, ./test and cli/setup: install what is missing, build what changed. Sourced, not
# run. Expects $root (the checkout, or what the package installed) and `set -euo pipefail`; what installs
# expects $scratch, a folder. Speaks on standard error only.

say() { printf '%s\n' "$*" >&2; }
fail() { say "gameday: $1"; exit "$2"; }

# How far something is: a line that changes on a terminal, elsewhere a line every half minute.
progress() {
  if [ -t 2 ]; then
    printf '\r\033[K%s' "gameday: $1" >&2
  elif [ $((SECONDS - ${told_at:-$SECONDS})) -ge 30 ]; then
    say "gameday: $1"
    told_at=$SECONDS
  fi
  : "${told_at:=$SECONDS}"
}
end_progress() { if [ -t 2 ]; then printf '\r\033[K' >&2; fi; }

# "about 3 min left" for what took $1 seconds for $2 of $3.
time_left() {
  local left=$(($1 * ($3 - $2) / ($2 > 0 ? $2 : 1)))
  if [ "$1" -lt 5 ]; then return
  elif [ $left -lt 60 ]; then printf ', less than a minute left'
  else printf ', about %d min left' $(((left + 30) / 60))
  fi
}

# Reads what apt-get says on its status descriptor ("pmstatus:PACKAGE:PERCENT:WHAT").
show_installing() {
  local kind package percent what
  while IFS=: read -r kind package percent what; do
    case "$kind" in
      dlstatus) progress "packages: loading, ${percent%.*} %" ;;
      pmstatus) progress "packages: installing, ${percent%.*} %" ;;
    esac
  done
  end_progress
}

# Reads what Ninja says ("[12/240] Building …").
show_building() {
  local line done_count all began=$SECONDS
  while IFS= read -r line; do
    printf '%s\n' "$line"
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    done_count=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]}
    progress "building: $done_count of $all, $((100 * done_count / all)) %$(
      time_left $((SECONDS - began)) "$done_count" "$all")"
  done
  end_progress
}

missing_packages() {
  local wanted
  # A sed script leaves out the lists of packages.txt that are not wanted; ./test names a second file.
  wanted=$(sed -e "${unwanted_lists:-/^# tests/,/^# hosts/d}" -e 's/#.*//' -e '/^[[:space:]]*$/d' \
    "$root/packages.txt" ${further_packages:+"$further_packages"})
  # dpkg-query exits 1 when it does not know a name at all: those are missing too.
  { dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true; } |
    awk '$1 == "installed" {print $2}' | sort -u > "$scratch/have"
  printf '%s\n' $wanted | sort -u | comm -23 - "$scratch/have"
}

# Services that our packages bring and that must not run on this machine because of us.
our_units="haproxy pgbouncer postgresql prometheus prometheus-alertmanager \
prometheus-node-exporter prometheus-postgres-exporter runit runsvdir nftables"

install_packages() {
  local missing="$1" as_root="" unit policy=/usr/sbin/policy-rc.d known=""
  local command="apt-get install --no-install-recommends $(echo $missing)"
  if [ "${GAMEDAY_NO_INSTALL:-}" = 1 ]; then
    fail "these Debian packages are missing; install them and run this again: sudo $command" 3
  fi
  command -v apt-get >/dev/null || fail "needs the Debian packages of packages.txt, and there is no apt-get: use Debian 12" 3
  say "gameday: installing Debian packages that are missing: $(echo $missing)"
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
  # With this policy no package starts a service while it is being installed, and PostgreSQL's makes a
  # database of its own unless it is told not to. Both go again however this ends.
  local clusters=/etc/postgresql-common/createcluster.conf
  undo=:
  trap 'eval "$undo"; rm -rf "$scratch"' EXIT
  trap 'exit 130' INT TERM HUP
  if [ ! -e "$policy" ]; then
    undo="$undo; $as_root rm -f $policy"
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
  fi
  if [ ! -e $clusters ]; then
    undo="$undo; $as_root cp /usr/share/postgresql-common/createcluster.conf $clusters 2>/dev/null ||
      $as_root rm -f $clusters"
    $as_root mkdir -p "${clusters%/*}"
    echo "create_main_cluster = false" | $as_root tee $clusters >/dev/null
  fi
  local status=0
  mkfifo "$scratch/apt.status"
  show_installing <"$scratch/apt.status" &
  exec 8<>"$scratch/apt.status"  # held, so that the reader ends whether apt begins or not
  # The environment is set behind sudo, which would otherwise drop it, as it would a descriptor.
  $as_root env DEBIAN_FRONTEND=noninteractive sh -c \
    'exec 3>"$0"; exec apt-get install -qq -y --no-install-recommends -o APT::Status-Fd=3 "$@"' \
    "$scratch/apt.status" $missing >>"$scratch/apt.log" 2>&1 8>&- || status=$?
  exec 8>&-
  wait $!
  eval "$undo"
  trap - INT TERM HUP
  trap 'rm -rf "$scratch"' EXIT
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

# A digest of all sources: what lies beside them, a report for example, is none of them.
sources() {
  (cd "$root" && find */ CMake* packages*.txt -path 'build/*' -prune -o -type f -print0 | LC_ALL=C sort -z |
    xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1)
}

# build PRESET STAMP DIGEST TARGET...: configures and builds; prints the output only when it failed.
build() {
  local preset="$1" stamp="$2" digest="$3" folder="$root/build/$1"; shift 3
  mkdir -p "$folder" 2>/dev/null || fail "cannot write $folder: run from a checkout of your own" 3
  say "gameday: building (once, and after changes)"
  # Ninja goes by times. Where the clock was set back, what is built seems newer than its sources.
  if [ -n "$(find "$folder/build.ninja" "$folder/$stamp" -newermt now 2>/dev/null)" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
  fi
  rm -f "$folder/$stamp"
  if ! { cd "$root" && cmake --preset "$preset" && cmake --build "$folder" --target "$@"; } 2>&1 |
      show_building >"$scratch/build.log"; then
    { grep -E 'error|Error|FAILED' "$scratch/build.log" | head -n 20 >&2; } || true
    cp "$scratch/build.log" "$folder/build.log"
    fail "the build failed; the whole output is in build/$preset/build.log" 1
  fi
  printf '%s\n' "$digest" >"$folder/$stamp"
}

# Makes sure that the packages are there and that the targets are built from the sources as they are.
prepare() {
  local preset="$1" stamp="$2"; shift 2
  local built="$root/build/$preset/$stamp" digest missing
  digest=$(sources)
  if [ "$(cat "$built" 2>/dev/null)" = "$digest" ]; then return; fi
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  missing=$(missing_packages)
  if [ -n "$missing" ]; then install_packages "$missing"; fi
  # One build at a time in one checkout, whoever else starts.
  mkdir -p "$root/build" 2>/dev/null || fail "cannot write $root/build: run from a checkout of your own" 3
  exec 9>"$root/build/.lock"
  flock 9
  # Whoever built before us may have built just this.
  [ "$(cat "$built" 2>/dev/null)" = "$digest" ] || build "$preset" "$stamp" "$digest" "$@"
  exec 9>&-
  rm -rf "$scratch"
  trap - EXIT
}
