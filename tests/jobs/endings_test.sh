#!/usr/bin/env bash
# endings_test.sh PROGRAM MPIEXEC: outputs that are lost, files that may grow no further, signals, and two jobs with one
# output. Each ends with its code and a message, with what was done before, and leaves nothing half-written.
set -uo pipefail

# shellcheck source=tests/small_run.sh
source "$(dirname "${BASH_SOURCE[0]}")/../small_run.sh"
net=(--hidden 16 --batch 175 --micro-batch 25 --quiet)

# says WHAT TEXT: standard error, in all.txt, holds the text once.
says() { check "$1: says $2" "$(grep -cE -- "$2" all.txt)" 1; }
partials() { find . -name '*.partial' | wc -l; }

prepare_columns
prepare=(prepare raw/*.nc --shard 40 --quiet)
run 1 train data.h5 "${net[@]}" --epochs 3 --out golden
golden=$(weights)

# lost WHAT CODE: the call has just ended, its output lost.
lost() {
  code=$2
  check "$1: code" "$code" 4
  says "$1" '^colonnade.*: error: cannot write to standard output \(.*\); the rest was done$'
}
if mknod full c 1 7 2>/dev/null; then
  timeout 60 "$program" inspect data.h5 --features >full 2>all.txt
  lost "a full disc behind inspect" $?
  timeout 60 "$program" --help >full 2>all.txt
  lost "a full disc behind --help" $?
  timeout 60 "$program" "${prepare[@]}" --out full.h5 >full 2>all.txt
  lost "a full disc behind prepare" $?
  check "a full disc behind prepare: the file is there" "$(test -s full.h5; echo $?)" 0
else
  echo "NOT SHOWN: a full disc behind standard output; only root can make its node"
fi
timeout 60 "$program" "${prepare[@]}" --out closed.h5 >&- 2>all.txt
lost "closed output" $?
run 1 inspect closed.h5 --verify
check "closed output: the file is whole" "$code" 0
timeout 60 "$program" "${prepare[@]}" --out silent.h5 >out.txt 2>&-
check "closed errors: code" "$?" 0
timeout 60 "$program" train data.h5 --hidden 16 --batch 175 --micro-batch 25 --epochs 3 --out piped 2>all.txt | head -n 1 >out.txt
lost "a reader that has gone" "${PIPESTATUS[0]}"
run 1 train data.h5 "${net[@]}" --epochs 3 --out piped --resume auto
check "a reader that has gone: the run was finished" "$(weights)" "$golden"

# Files of at most so many KiB. MPI's own in shared memory need some.
for kib in 6000 9000; do
  for ranks in 1 2; do
    for words in "synth --columns 700 --files 1 --out limited" "${prepare[*]} --out limited.h5"; do
      rm -rf limited limited.h5
      timeout 60 "${launch[@]}" -n "$ranks" bash -c "ulimit -f $kib && exec $program $words" >out.txt 2>all.txt </dev/null
      check "at most $kib KiB, $ranks ranks, ${words%% *}: code" "$?" 4
      says "at most $kib KiB" '^colonnade (synth|prepare): error: limited.*File too large.*see ulimit -f'
      check "at most $kib KiB, $ranks ranks, ${words%% *}: half-written files" "$(partials)" 0
    done
  done
done

for signal in TERM INT HUP; do
  number=$(kill -l "$signal")
  for words in "synth --columns 300000 --out stopped" "prepare raw/3dcorrection_000.nc --out stopped.h5 --shard 1"; do
    rm -rf stopped stopped.h5
    # Bash lets its background jobs ignore SIGINT.
    # shellcheck disable=SC2086
    env --default-signal=INT "$program" $words --quiet >out.txt 2>all.txt &
    job=$!
    for _ in {1..2000}; do
      [[ $(partials) -gt 0 ]] && break
      sleep 0.002
    done
    kill "-$signal" "$job"
    wait "$job" 2>/dev/null
    check "SIG$signal, ${words%% *}: code" "$?" "$((128 + number))"
    says "SIG$signal, ${words%% *}" "^colonnade: ended by SIG$signal; removed stopped.*\\.partial\$"
    check "SIG$signal, ${words%% *}: half-written files" "$(partials)" 0
  done
done

# both CALL...: two jobs at once; their codes, sorted.
both() {
  local first
  timeout 60 "$program" "$@" >first.txt 2>&1 &
  first=$!
  timeout 60 "$program" "$@" >second.txt 2>&1
  local second=$?
  wait "$first"
  codes=$(printf '%s\n' "$?" "$second" | sort -n | tr '\n' ' ')
}
content=$("$program" inspect data.h5 | grep '^content')
run 1 "${prepare[@]}" --out one.npy --format npy
stack=$(find one.npy -type f -printf '%P %s\n' | sort)
for round in 1 2 3; do
  rm -rf two two.h5 two.npy
  both "${prepare[@]}" --out two.h5 --force
  check "two with --force, round $round: codes" "$codes" "0 0 "
  check "two with --force, round $round: content" "$("$program" inspect two.h5 --verify | grep -o "^$content")" "$content"
  both "${prepare[@]}" --out two.npy --format npy --force
  check "two stacks with --force, round $round: codes" "$codes" "0 0 "
  check "two stacks with --force, round $round: whole" "$(find two.npy -type f -printf '%P %s\n' | sort)" "$stack"
  rm -f two.h5
  both "${prepare[@]}" --out two.h5
  check "two without --force, round $round: codes" "$codes" "0 2 "
  both train data.h5 "${net[@]}" --epochs 150 --out two
  check "two trainings, round $round: codes" "$codes" "0 2 "
  both train data.h5 "${net[@]}" --epochs 150 --out two --force
  check "two trainings with --force, round $round: last weights" "$(test -s two/final.h5; echo $?)" 0
  check "round $round: half-written files" "$(partials)" 0
done

cp raw/3dcorrection_000.nc 'x[1].nc'
run 1 inspect 'x[1].nc'
check "a file with the name of a pattern: code" "$code" 0
run 1 train data.h5 --out five --checkpoint-every 5 min
says "a word too many" 'train takes one DATA.h5; not expected: min'
for words in "help" "-h" "help train" "train -h"; do
  # shellcheck disable=SC2086
  run 1 $words
  check "$words: code" "$code" 0
  check "$words: usage" "$(head -c 17 out.txt)" "usage: colonnade "
done
end_checks 80
