#!/usr/bin/env bash
# `make run` and `make check` as in the README, in a fresh Debian 12 and 13: one line for each. A Debian that is in the folder already is used again.
#   tests/distros.sh [FOLDER]   default $BUILD/distros; 2 GB each. Only what is committed is tried.
# DISTROS: which ones; MIRROR: where Debian comes from (else as this machine's apt says); JOBS: tests at a time.
set -u
cd "$(dirname "$0")/.."
folder=${1:-${BUILD:-build}/distros}
[ "$(id -u)" = 0 ] || { echo "check-distros: makes Debian systems in a folder, which takes root" >&2; exit 1; }
command -v debootstrap > /dev/null || { echo "check-distros: needs debootstrap (apt-get install debootstrap)" >&2; exit 1; }
mirror=${MIRROR:-$(grep -rhoE '^[^#]*https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2> /dev/null | grep -oE 'https?://[^ ]+' | head -n 1)}
mkdir -p "$folder" && folder=$(cd "$folder" && pwd)

inside() { # inside DISTRO COMMAND: run there; the mounts are of this process only, and end with it however it ends
  # shellcheck disable=SC2016
  unshare --mount bash -c 'mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && mount --rbind /sys "$1/sys" || exit 1
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} \
      ${JOBS:+JOBS="$JOBS"} chroot "$1" bash -c "$2"' - "$folder/$1" "$2"
}

fresh() { # fresh DISTRO: a Debian with make and git, and this machine's way to the net
  [ -e "$folder/$1/ready" ] && return
  rm -rf --one-file-system "${folder:?}/$1"
  debootstrap --variant=minbase "$1" "$folder/$1" "${mirror:-http://deb.debian.org/debian}" /usr/share/debootstrap/scripts/sid || return 1
  cp /etc/resolv.conf "$folder/$1/etc/resolv.conf"
  cp /etc/apt/apt.conf.d/* "$folder/$1/etc/apt/apt.conf.d"
  inside "$1" 'apt-get update -qq && apt-get install -y -qq --no-install-recommends make git' && touch "$folder/$1/ready"
}

try() { # try DISTRO: a line; everything else in a log
  local log=$folder/$1.log begun=$SECONDS ran
  fresh "$1" > "$log" 2>&1 || { echo "$1: no system, see $log"; return 1; }
  rm -rf --one-file-system "${folder:?}/$1/root/jko" && git clone -q --no-hardlinks . "$folder/$1/root/jko" || return 1
  inside "$1" 'cd /root/jko && make run' >> "$log" 2>&1 || { echo "$1: make run fails (status $?), see $log"; return 1; }
  ran=$((SECONDS - begun))
  inside "$1" 'cd /root/jko && make check' >> "$log" 2>&1 || { echo "$1: make check fails: $(tail -n 1 "$log"), see $log"; return 1; }
  echo "$1: make run in $ran s, make check: $(tail -n 1 "$log") in $((SECONDS - begun - ran)) s"
}

status=0
for distro in ${DISTROS:-bookworm trixie}; do try "$distro" || status=1; done
exit $status
