# shellcheck shell=bash disable=SC2034
# Sourced by examples/quickstart.sh and tests/run.sh: what this project needs from the distribution,
# and how it is asked for.

sealbus_build_packages=(
  g++ cmake ninja-build pkg-config
  libzmq3-dev cppzmq-dev libmsgpack-cxx-dev libsodium-dev libssl-dev libyaml-cpp-dev libspdlog-dev
  libfmt-dev libboost-dev libcli11-dev libsimdjson-dev libexpected-dev
  prometheus-cpp-dev
)
sealbus_run_packages=(python3 python3-zmq python3-msgpack curl)
sealbus_test_packages=(git libgtest-dev nlohmann-json3-dev python3-venv clang-format shellcheck jq
  iproute2)

# install_packages yes|ask NAME…: says what is missing, asks if somebody can answer, installs it.
install_packages() {
  local consent=$1 name as_root=()
  shift
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "This script installs Debian packages (Debian 12 or Ubuntu 24.04 and later)." >&2
    echo "On another system, use the containers: cd compose && docker compose up --build" >&2
    return 1
  fi
  local missing=()
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "These packages are needed and not installed:"
  printf '  %s\n' "${missing[@]}"
  if [ "$consent" = ask ] && [ -t 0 ] && [ -t 1 ]; then
    read -r -p "Install them with apt-get? [y/N] " answer
    case $answer in y | Y | yes) ;; *) echo "Nothing was installed." >&2; return 1 ;; esac
  fi
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "Neither root nor sudo: install them yourself." >&2; return 1; }
    as_root=(sudo)
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
  echo "==> apt-get update"
  "${apt[@]}" -qq update || return 1
  echo "==> apt-get install ${#missing[@]} packages"
  "${apt[@]}" -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}
