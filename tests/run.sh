#!/usr/bin/env bash
# Installs what is missing, builds (release), and runs the unit, integration, lint, binding and
# end-to-end tests. The last lines are ctest's.
#
#   bash tests/run.sh [--yes]
#     --yes   install without asking
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/support/install.sh
. tests/support/install.sh

consent=ask
for option in "$@"; do
  case $option in
    --yes) consent=yes ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "unknown option: $option (see --help)" >&2; exit 64 ;;
  esac
done

install_packages "$consent" "${sealbus_build_packages[@]}" "${sealbus_run_packages[@]}" \
  "${sealbus_test_packages[@]}"
echo "==> configure and build (build/release)"
cmake --preset release -DSEALBUS_TESTS=ON
cmake --build --preset release
echo "==> test"
ctest --preset release --parallel 2
