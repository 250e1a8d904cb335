#!/usr/bin/env bash
# install_test.sh CMAKE BUILD SOURCE MODEL: installs a build into an empty prefix, moves that, builds a stranger's project
# on it by find_package and by pkg-config, outside the sources, and runs what it built.
set -euo pipefail
cmake=$1 build=$2 model=$(realpath "$4")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$3" "$folder/project"
"$cmake" --install "$build" --prefix "$folder/first" >"$folder/install.txt"
mv "$folder/first" "$folder/prefix"
cd "$folder"
failed=0 checked=0

# check WHAT FOUND EXPECTED
check() {
  checked=$((checked + 1))
  [[ $2 == "$3" ]] && return
  failed=$((failed + 1))
  printf '%s:\n  found    %s\n  expected %s\n' "$1" "$2" "$3"
}

for file in bin/colonnade lib/libcolonnade_infer.so include/colonnade/infer/colonnade_infer.h share/colonnade/jobs/3dcorrection.ini \
  share/colonnade/slurm/train.sbatch lib/cmake/Colonnade/ColonnadeConfig.cmake lib/pkgconfig/colonnade_infer.pc \
  share/man/man1/colonnade.1 share/bash-completion/completions/colonnade; do
  check "$file is installed" "$([[ -e prefix/$file ]] && echo yes)" yes
done
check "paths of the build in package files" "$(grep -rlE "$build|$folder" prefix/lib/cmake prefix/lib/pkgconfig || true)" ""
check "the program starts" "$(prefix/bin/colonnade --help >/dev/null && echo yes)" yes
needed=$(readelf -d prefix/lib/libcolonnade_infer.so | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
check "no MPI among what the library needs" "$(grep -c mpi <<<"$needed" || true)" 0
check "symbols that are not of the C interface" "$(nm -D --defined-only prefix/lib/libcolonnade_infer.so | grep -vc ' colonnade_' || true)" 0

"$cmake" -S project -B found -DCMAKE_PREFIX_PATH="$folder/prefix" >cmake.txt 2>&1 || cat cmake.txt
"$cmake" --build found >build.txt 2>&1 || cat build.txt
export PKG_CONFIG_PATH=$folder/prefix/lib/pkgconfig
read -ra flags < <(pkg-config --cflags --libs colonnade_infer)
"${CC:-cc}" -Wall -Wextra -std=c11 project/consumer.c "${flags[@]}" -Wl,-rpath,"$folder/prefix/lib" -o packaged_c
programs=(found/consumer_c ./packaged_c)
if [[ -e prefix/lib/pkgconfig/colonnade_infer_fortran.pc ]]; then
  read -ra flags < <(pkg-config --cflags --libs colonnade_infer_fortran)
  "${FC:-gfortran}" -Wall project/consumer.f90 "${flags[@]}" -Wl,-rpath,"$folder/prefix/lib" -o packaged_f
  programs+=(found/consumer_f ./packaged_f)
  gfortran_source=(prefix/share/colonnade/fortran/colonnade_infer{_c,}.f90)
  check "the module's source compiles" "$("${FC:-gfortran}" -c "${gfortran_source[@]}" && echo yes)" yes
fi

expected=$(./packaged_c "$model")
check "an output and two numbers" "$(wc -w <<<"$expected")" 3
head -c 5000 "$model" >cut.h5
for program in "${programs[@]}"; do
  check "$program prints" "$("$program" "$model" | tr e E | xargs)" "$(tr e E <<<"$expected")"
  code=0
  refusal=$("$program" cut.h5 2>&1) || code=$?
  check "$program on a model that was cut short" "$code $(grep -c 'cut.h5.*cut short' <<<"$refusal")" "3 1"
done
echo "$checked checks, $failed failed"
[[ $failed == 0 && $checked -ge 15 ]]
