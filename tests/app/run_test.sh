#!/usr/bin/env bash
# run_test.sh PROGRAM MPIEXEC NP: how the sample program ends, with what message and exit code.
set -uo pipefail

program=$1 mpiexec=$2 np=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0 checked=0

# run ARGUMENTS...: fills out, err and code. The lines are ours: mpirun's own remarks are left out.
run() {
  timeout 20 "$mpiexec" --oversubscribe --allow-run-as-root --bind-to none -n "$np" "$program" "$@" \
    >"$folder/out" 2>"$folder/all" </dev/null
  code=$?
  out=$(cat "$folder/out")
  err=$(grep '^colonnade' "$folder/all")
}

check() {
  checked=$((checked + 1))
  if [[ $2 != "$3" ]]; then
    failed=$((failed + 1))
    printf '%s:\n  found    %s\n  expected %s\n' "$1" "$2" "$3"
    cat "$folder/all"
  fi
}

last=$((np - 1))

run end a.nc b.nc
check "a good job's output" "$out" "files 2"
check "a good job's code" "$code" 0
check "a good job's messages" "$err" ""

run end --how agreed --rank "$last"
check "an agreed error is told once" "$err" "colonnade end: error: part_$last.nc: a bad column"
check "an agreed error's code" "$code" 3

run end --how agreed --rank 0
check "of many errors the lowest rank's is told" "$err" "colonnade end: error: part_0.nc: a bad column"

run end --hwo agreed
check "an unknown option is told once" "$err" "colonnade end: error: unknown option --hwo; did you mean --how?"
check "an unknown option's code" "$code" 2

run ned
check "an unknown command is told once" "$err" "colonnade: error: unknown command ned; did you mean end?"
check "an unknown command's code" "$code" 2

run end "$folder/*.nc"
check "a pattern without a match" "$err" "colonnade end: error: no file matches the pattern ($folder/*.nc)"

run end --config "$folder/absent.ini"
check "an absent config" "$err" \
  "colonnade end: error: $folder/absent.ini: cannot read the config file (No such file or directory) [rank 0, phase 'reading the options']"
check "an absent config's code" "$code" 4

run end --how alone --rank "$last"
check "an error of one rank alone" "$err" "colonnade: error: part_$last.nc: a bad column [rank $last, phase 'work between calls']"
check "the code of an error of one rank alone" "$code" 3

run end --how bug --rank "$last"
check "a bug" "$err" "colonnade: error: a bug: broken promise: nobody asks for a bug [rank $last, phase 'work between calls']"
check "a bug's code" "$code" 70

if ((np > 1)); then
  run end --how still --rank "$last" --watchdog 1
  check "a rank that stands still is told once" "$err" "colonnade: error: no progress for 1 s: rank $last working in phase 'work between calls'; ranks 0, 1 waiting in phase 'work between calls'; the job ends (--watchdog sets the time)"
  check "the code of a rank that stands still" "$code" 70
fi

run end --how slow --rank "$last" --watchdog 1
check "work of its own that gets on is left alone" "$err $code" " 0"

run end --dry-run --how well a.nc
check "the resolved config" "$out" "[end]
files = a.nc
how = well
rank = 0
threads = 1
watchdog = 120s
quiet = false
files 1"

run end --threads 1000
check "more threads than cores" "$(cut -c 1-42 <<<"$err")" "colonnade end: warning: 1000 threads of a "
check "more threads than cores are no error" "$code" 0

# An MPI that cannot start shows that these do not start it.
for words in "" --help --version "end --help" "end --how --help"; do
  # shellcheck disable=SC2086
  out=$(OMPI_MCA_pml=none timeout 20 "$program" $words 2>&1)
  check "code without MPI of: $words" "$?" 0
  check "answers without MPI: $words" "$(wc -l <<<"$out" | grep -cv '^0$')" 1
done
OMPI_MCA_pml=none timeout 20 "$program" end >"$folder/all" 2>&1
check "the MPI that cannot start does fail" "$(($? != 0))" 1
check "the version" "$("$program" --version)" "sample 1.0"
check "rank 0 of a launch answers" "$(PMIX_RANK=0 "$program" --version)" "sample 1.0"
check "the other ranks keep quiet" "$(PMIX_RANK=2 "$program" --version)" ""

echo "$checked checked, $failed failed"
((failed == 0 && checked == (np > 1 ? 37 : 35)))
