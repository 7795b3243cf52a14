#!/usr/bin/env bash
# Installs what is missing, builds, starts an ingress, a sidecar and an example service with fresh
# keys, sends authenticated and refused requests, and prints what the service received.
#
#   bash examples/quickstart.sh [--once] [--yes]
#     --once   exit when the requests are done; otherwise keep running until Ctrl-C
#     --yes    install without asking
#
# The ingress listens on 127.0.0.1:3000, its admin port is 3001, the sidecar's 3002. PORT=4000 moves
# all three.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/support/install.sh
. tests/support/install.sh

once=no consent=ask
for option in "$@"; do
  case $option in
    --once) once=yes ;;
    --yes) consent=yes ;;
    -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "unknown option: $option (see --help)" >&2; exit 64 ;;
  esac
done
http=127.0.0.1:${PORT:=3000} admin=127.0.0.1:$((PORT + 1)) sidecar_admin=127.0.0.1:$((PORT + 2))

say() { printf '\n==> %s\n' "$*"; }
die() { printf 'quickstart: %s\n' "$*" >&2; exit 1; }

# ---------------------------------------------------------------- install, build
install_packages "$consent" "${sealbus_build_packages[@]}" "${sealbus_run_packages[@]}"
say "Build (build/release/bin/sealbus)"
[ -f build/release/CMakeCache.txt ] || cmake --preset release -DSEALBUS_TESTS=OFF >/dev/null
cmake --build --preset release --target sealbus
sealbus=build/release/bin/sealbus

# ---------------------------------------------------------------- keys
dir=$(mktemp -d "${TMPDIR:-/tmp}/sealbus-quickstart.XXXXXX")
pids=()
stop() {
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "Fresh keys in $dir"
umask 077
"$sealbus" keys root >"$dir/root.key"
"$sealbus" keys derive --root "$dir/root.key" my-service >"$dir/my-service.key"
head -c 48 /dev/urandom | base64 | tr -d '\n' >"$dir/jwt.secret"
echo "root.key (the ingress), my-service.key (the sidecar), jwt.secret (who issues tokens)"

# ---------------------------------------------------------------- start
for address in "$http" "$admin" "$sidecar_admin"; do
  if (exec 3<>"/dev/tcp/${address%:*}/${address#*:}") 2>/dev/null; then
    holder=$(ss -Hltnp "sport = :${address#*:}" 2>/dev/null | grep -o 'users:.*') || holder=
    die "$address is in use${holder:+ by $holder}; PORT=4000 bash examples/quickstart.sh uses others"
  fi
done

say "Start the ingress, the sidecar and the service"
JWT_SECRET_FILE=$dir/jwt.secret SEALBUS_KEY_FILE=$dir/root.key SEALBUS_HTTP=$http \
  SEALBUS_ADMIN=$admin SEALBUS_BUS=ipc://$dir/bus \
  "$sealbus" ingress --config examples/config/ingress.yaml 2>"$dir/ingress.log" &
pids+=($!)
SEALBUS_KEY_FILE=$dir/my-service.key SEALBUS_ADMIN=$sidecar_admin SEALBUS_BUS=ipc://$dir/bus \
  SEALBUS_DELIVER=ipc://$dir/service \
  "$sealbus" sidecar --config examples/config/sidecar.yaml 2>"$dir/sidecar.log" &
pids+=($!)
PYTHONPATH=bindings/python SEALBUS_DELIVER=ipc://$dir/service \
  /usr/bin/python3 -u examples/python-service/service.py >"$dir/service.log" 2>&1 &
pids+=($!)

ready() {
  for _ in $(seq 300); do
    curl -fsS -o /dev/null "http://$1/readyz" 2>/dev/null && return 0
    for pid in "${pids[@]}"; do
      kill -0 "$pid" 2>/dev/null || { tail -n 20 "$dir"/*.log >&2; die "a process ended early"; }
    done
    sleep 0.1
  done
  tail -n 20 "$dir"/*.log >&2
  die "http://$1/readyz did not become ready within 30 s"
}
ready "$admin"
ready "$sidecar_admin"

# ---------------------------------------------------------------- requests
# request STATUS WORDS… -- curl arguments: shows the call and the response, and checks its status.
request() {
  local want=$1 title=$2 body status
  shift 2
  say "$title"
  printf '$ curl'
  printf ' %q' "$@" | sed -E 's/(Bearer[^.]{0,20})[^ ]*/\1…/'
  printf '\n'
  status=$(curl -sS -o "$dir/body" -w '%{http_code}' "$@")
  body=$(cat "$dir/body")
  printf '%s %s\n' "$status" "$body"
  [ "$status" = "$want" ] || die "expected $want"
}
mint() { "$sealbus" token mint --sub user-123 --permissions "$1" --secret-file "$dir/jwt.secret"; }

token=$(mint users:create,users:read)
reader=$(mint users:read)
case ${token: -2:1} in A) other=B ;; *) other=A ;; esac
tampered=${token:0:-2}$other${token: -1}
url=http://$http/api/create-user
json=(-H 'Content-Type: application/json' -d '{"name":"Ada"}')

request 200 "A valid token: the service replies" "$url" -H "Authorization: Bearer $token" "${json[@]}"
say "What the service received"
grep '^received' "$dir/service.log" || die "nothing"
request 401 "No credentials" "$url" "${json[@]}"
request 401 "A tampered token" "$url" -H "Authorization: Bearer $tampered" "${json[@]}"
request 403 "A valid token without users:create" "$url" -H "Authorization: Bearer $reader" "${json[@]}"

if [ "$once" = yes ]; then
  say "Done"
  exit 0
fi
say "Running until Ctrl-C. Logs: $dir/*.log. Try:"
echo "TOKEN=\$($sealbus token mint --sub user-123 --permissions users:create --secret-file $dir/jwt.secret)"
echo "curl http://$http/api/endpoint -H \"Authorization: Bearer \$TOKEN\""
wait
