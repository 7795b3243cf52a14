#!/bin/sh
# Makes the secrets of the example, each in the folder of the one that may know it: /keys/api-gateway
# and /keys/my-service are a volume each. What is there already is kept; a service's key follows
# from the root key. A file is there either whole or not at all.
set -eu
umask 077
gateway=/keys/api-gateway
service=/keys/my-service

# put FILE COMMAND…: what the command prints becomes the file.
put() {
  file=$1
  shift
  "$@" >"$file.new"
  mv "$file.new" "$file"
  echo "made $file"
}
secret() { head -c 48 /dev/urandom | base64 -w 0; }

[ -s "$gateway/root.key" ] || put "$gateway/root.key" sealbus keys root
[ -s "$gateway/jwt.secret" ] || put "$gateway/jwt.secret" secret
sealbus keys derive --root "$gateway/root.key" my-service >"$service/derived"
cmp -s "$service/derived" "$service/my-service.key" ||
  put "$service/my-service.key" cat "$service/derived"
rm "$service/derived"
