#!/usr/bin/env bash
# Runs a command where Docker with Compose answers: with the engine that is there, or else with one
# that is brought up from the distribution's packages (Debian 12, as root) and taken away again.
#
#   bash tests/support/container_engine.sh COMMAND [ARGUMENT…]
#
# The exit code is the command's; 77, with the reason, where no engine can be had. No image is pulled
# and no mirror is named here: packages, and debian:bookworm-slim made of them, come from where apt
# on this machine gets its own. The base image and the build cache stay in build/container-engine.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/support/install.sh
. "$top/tests/support/install.sh"

engine=$top/build/container-engine
base=debian:bookworm-slim
daemon=  # the engine that this script started
[ $# -gt 0 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 64; }

say() { printf '==> container engine: %s\n' "$*" >&2; }
no_engine() {
  {
    echo "**********************************************************************"
    echo "SKIPPED, not passed: there is no container engine, and none can be had:"
    echo "  $*"
    echo "**********************************************************************"
  } >&2
  exit 77
}

engine_answers() { docker info >/dev/null 2>&1; }
compose_answers() { docker compose version >/dev/null 2>&1; }

# ---------------------------------------------------------------- what apt knows
# apt_site SUITE: where apt gets that suite of the distribution from.
apt_site() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(SITE) $(RELEASE)' 'Identifier: Packages' |
    awk -v suite="$1" '$2 == suite { print $1; exit }'
}

# Compose is not in Debian 12. That of the next release needs nothing that Debian 12 lacks; apt fetches
# it with lists and caches of its own, so that the machine's are not touched.
fetch_compose() {
  local site apt keyring=/usr/share/keyrings/debian-archive-keyring.gpg private=$engine/apt
  site=$(apt_site bookworm)
  mkdir -p "$private"/{lists,cache,parts,plugins}
  echo "deb [signed-by=$keyring] $site trixie main" >"$private/sources.list"
  apt=(apt-get -qq -o Dir::Etc::SourceList="$private/sources.list" -o Dir::Etc::SourceParts="$private/parts"
    -o Dir::State::Lists="$private/lists" -o Dir::Cache="$private/cache" -o APT::Sandbox::User=root)
  "${apt[@]}" update &&
    (cd "$private" && "${apt[@]}" download docker-compose/trixie) &&
    dpkg-deb --fsys-tarfile "$private"/docker-compose_*.deb |
    tar -x -C "$private/plugins" --strip-components=5 ./usr/libexec/docker/cli-plugins/docker-compose
}

import_base() {
  local archive=$engine/base.tar suite site proxy sources=() options=()
  if [ ! -s "$archive" ]; then
    for suite in bookworm bookworm-updates bookworm-security; do
      site=$(apt_site "$suite")
      [ -z "$site" ] || sources+=("deb $site $suite main")
    done
    for suite in http https; do
      eval "$(apt-config shell proxy "Acquire::$suite::Proxy")"
      [ -z "${proxy:-}" ] || options+=(--aptopt="Acquire::$suite::Proxy \"$proxy\"")
    done
    mmdebstrap --quiet --variant=minbase --include=ca-certificates "${options[@]}" \
      --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
      bookworm "$archive.new.tar" "${sources[@]}" && mv "$archive.new.tar" "$archive" || return 1
  fi
  docker import --change 'CMD ["bash"]' "$archive" "$base" >/dev/null
}

# ---------------------------------------------------------------- the engine's life
# A run that was killed leaves its engine behind; this one takes it over, and away.
adopt_engine() {
  local pid
  pid=$(cat "$engine/dockerd.pid" 2>/dev/null) || return 0
  if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]; then daemon=$pid; fi
}

# What it changes about the machine's network, to be put back afterwards.
note_network() {
  {
    iptables -S FORWARD | awk '$1 == "-P" { print $3 }'
    cat /proc/sys/net/ipv4/ip_forward
  } >"$engine/network"
}

restore_network() {
  local table rule chain noted
  mapfile -t noted <"$engine/network"
  ip link delete docker0 2>/dev/null || true
  for table in filter nat; do
    iptables -t "$table" -S | grep -E '^-A ' | grep -vE '^-A DOCKER' | grep -E 'DOCKER|docker0' |
      while read -r _ rule; do
        # shellcheck disable=SC2086
        iptables -t "$table" -D $rule
      done || true
    iptables -t "$table" -S | sed -n 's/^-N \(DOCKER.*\)/\1/p' >"$engine/chains"
    while read -r chain; do iptables -t "$table" -F "$chain"; done <"$engine/chains"
    while read -r chain; do iptables -t "$table" -X "$chain"; done <"$engine/chains"
  done
  iptables -P FORWARD "${noted[0]}"
  echo "${noted[1]}" >/proc/sys/net/ipv4/ip_forward
}

start_engine() {
  note_network
  setsid dockerd --data-root "$engine/data" --pidfile "$engine/dockerd.pid" \
    >"$engine/dockerd.log" 2>&1 </dev/null &
  daemon=$!
  for _ in $(seq 300); do
    engine_answers && return 0
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 5 "$engine/dockerd.log" >&2
  return 1
}

stop_engine() {
  [ -n "$daemon" ] || return 0
  if engine_answers; then
    docker ps -aq | xargs -r docker rm -f >/dev/null
    docker network prune -f >/dev/null
  fi
  kill "$daemon" 2>/dev/null || true
  tail --pid="$daemon" -f /dev/null
  restore_network
  daemon=
  say "stopped"
}

bring_up() {
  local packages=(iptables iproute2)
  [ "$(id -u)" = 0 ] || no_engine "neither Docker answers, nor is this root, who could start it"
  command -v apt-get >/dev/null || no_engine "Docker does not answer, and this is not Debian"
  [ -n "$(apt_site bookworm)" ] || no_engine "Docker does not answer, and apt knows no Debian 12"
  command -v dockerd >/dev/null || packages+=(docker.io)
  command -v mmdebstrap >/dev/null || packages+=(mmdebstrap)
  install_packages yes "${packages[@]}" >&2 || no_engine "its packages cannot be installed"
  engine_answers && return 0  # where packages start what they install
  say "starting (logs: $engine)"
  start_engine || no_engine "Docker does not start here, see above"
  docker image inspect "$base" >/dev/null 2>&1 && return 0
  say "making $base from packages"
  import_base >&2 || no_engine "the base image cannot be made"
}

bring_up_compose() {
  [ -n "$(apt_site bookworm)" ] || no_engine "Docker answers and lacks Compose; install its version 2"
  # The client looks for plugins in its configuration's folder; that of the user stays as it is.
  export DOCKER_CONFIG=$engine/client
  if [ ! -x "$DOCKER_CONFIG/cli-plugins/docker-compose" ]; then
    say "fetching Compose"
    fetch_compose >&2 || no_engine "Compose cannot be fetched"
    install -D -t "$DOCKER_CONFIG/cli-plugins" "$engine/apt/plugins/docker-compose"
  fi
  compose_answers || no_engine "Compose does not start here"
}

# One function, so that the shell has read all of it before it waits.
main() {
  mkdir -p "$engine" 2>/dev/null || true
  [ -w "$engine" ] || no_engine "$engine cannot be written to"
  exec {lock}>"$engine/lock"
  flock "$lock"
  trap stop_engine EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  adopt_engine
  engine_answers || bring_up
  compose_answers || bring_up_compose
  "$@" {lock}>&-
}

main "$@"
