#!/usr/bin/env bash
# alone_test.sh CMAKE SOURCE HOST FOLDER: the inference library built alone and without oneDNN, as on a machine that has but
# HDF5; a host then predicts with it what predict does, but for rounding.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
"$1" -S "$2" -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1 \
  -DCOLONNADE_INFER_ONLY=ON -DCOLONNADE_INFER_ONEDNN=OFF >"$build/cmake.txt" ||
  { cat "$build/cmake.txt" && exit 1; }
"$1" --build "$build" --parallel 2 --target colonnade_infer >"$build/build.txt" 2>&1 || { cat "$build/build.txt" && exit 1; }
needed=$(readelf -d "$build/src/infer/libcolonnade_infer.so" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
printf 'needs %s\n' "${needed//$'\n'/ }"
if grep -E 'mpi|dnnl|gomp|fmt|xxhash' <<<"$needed"; then exit 1; fi
LD_LIBRARY_PATH=$build/src/infer /usr/bin/python3 -B "$here/host_test.py" "$3" "$4" near
