#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests; arguments go to ctest. Ends with ctest's exit code.
#
#   tests/run.sh                     all tests: some twenty minutes on two cores
#   tests/run.sh -R 'app|base'       those whose names match
#   tests/run.sh -N                  their names
#
# The variable COLONNADE_SHARED names the folder of reference data [../shared].
set -euo pipefail
exec </dev/null
if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" && exit 0
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=jobs/packages.sh
source "$root/jobs/packages.sh"
install_packages "${build_packages[@]}" "${test_packages[@]}" "${slurm_packages[@]}"

export COLONNADE_SHARED=${COLONNADE_SHARED:-$root/../shared}
COLONNADE_SHARED=$(realpath -m "$COLONNADE_SHARED")
say_what_is_skipped() {
  if [[ ! -d $COLONNADE_SHARED ]]; then
    echo "****  $COLONNADE_SHARED IS ABSENT: THE GOLDEN TESTS ON REAL COLUMNS ARE SKIPPED.  ****"
    echo "****  Name the folder of reference data in the variable COLONNADE_SHARED.  ****"
  fi
}
say_what_is_skipped

cd "$root"
cmake --preset release
cmake --build --preset release --parallel "$(nproc)"

log=build/release/ctest.log
code=0
ctest --preset release --output-on-failure --timeout 300 --parallel "$(nproc)" "$@" 2>&1 | tee "$log" || code=$?
say_what_is_skipped
grep -E 'tests passed|No tests were found' "$log" || echo "ctest did not come to its end."
exit "$code"
