# shellcheck shell=bash
# Sourced by tests with their arguments PROGRAM MPIEXEC: a folder of their own, runs of the program, and checks that count.
program=$(realpath "$1") mpiexec=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0 checked=0
launch=("$mpiexec" --oversubscribe --allow-run-as-root --bind-to none)

# run RANKS ARGUMENTS...: fills out.txt, all.txt and code.
run() {
  timeout 60 "${launch[@]}" -n "$1" "$program" "${@:2}" >out.txt 2>all.txt </dev/null
  code=$?
}

# check WHAT FOUND EXPECTED
check() {
  checked=$((checked + 1))
  [[ $2 == "$3" ]] && return
  failed=$((failed + 1))
  printf '%s:\n  found    %s\n  expected %s\n' "$1" "$2" "$3"
  cat out.txt all.txt
}

# prepare_columns OPTIONS...: data.h5, of 700 columns; of 560 to train with, a batch of 175 leaves a ragged last one.
prepare_columns() {
  run 2 synth --columns 700 --out raw --quiet
  run 2 prepare raw/*.nc --out data.h5 --shard 40 --quiet "$@"
  check "columns are prepared" "$code" 0
}

weights() { grep '^weights' out.txt; }

# losses RUN: the columns of its metrics that hold no times.
losses() { cut -d, -f1-5 "$1/metrics.csv"; }

# end_checks LEAST: the test has failed when it compared less.
end_checks() {
  echo "$checked checks, $failed failed"
  [[ $failed == 0 && $checked -ge $1 ]]
}
