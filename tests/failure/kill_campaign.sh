#!/usr/bin/env bash
# kill_campaign.sh N [PROGRAM [MPIEXEC [SEED]]]: N runs, each killed several times (kill -9 of a random rank at a random
# moment, and the root inside the write of a checkpoint) and resumed on random ranks and threads until it ends; each must
# end with the weights, metrics and hashes of a run that nobody killed, and no job may end by itself otherwise. Every fourth
# run starts with a prepare that is killed as well. Choices follow from SEED; moments are only as repeatable as the machine.
# Prints what happened, and ends with 0 if all is well.
set -uo pipefail

runs=$1 program=$(realpath "${2:-build/release/colonnade}") mpiexec=${3:-mpiexec}
RANDOM=${4:-1}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
# Open MPI 4.1's mpiexec itself can hang when a rank dies while it connects: it is ended by force then.
launch=(timeout --kill-after 5 120 "$mpiexec" --oversubscribe --allow-run-as-root --bind-to none --mca odls_base_sigkill_timeout 0)
options=(train data.h5 --hidden "64,64" --batch 175 --micro-batch 25 --epochs 300 --quiet
  --checkpoint-every 7steps --hash-every 3 --resume auto)
kills=0 resumes=0 repeated=0 in_write=0 prepares=0 in_prepare=0 wrong=0

# start RANKS ARGUMENTS...: in the background.
start() {
  "${launch[@]}" -n "$1" "$program" "${@:2}" >out.txt 2>all.txt </dev/null &
  job=$!
}

ranks_of_job() { mapfile -t ranks < <(pgrep -P "$(pgrep -P "$job")"); }

kill_rank() { [[ -n $1 ]] && kill -KILL "$1"; }

# was_killed: how the job that has just ended with `code` ended. mpiexec names the signal; its own code may be another one.
was_killed() { ((code != 0)) && grep -q 'on signal 9 (Killed)' all.txt; }

# pause LEAST MOST: a random time of LEAST to MOST milliseconds, all below a second.
pause() { sleep "$(printf '0.%03d' $(($1 + RANDOM % ($2 - $1))))"; }

# kill_a_rank LEAST MOST: after a pause. Nothing to do if the job has ended.
kill_a_rank() {
  pause "$1" "$2"
  ranks_of_job
  kill_rank "${ranks[RANDOM % (${#ranks[@]} + (${#ranks[@]} == 0))]:-}"
}

# kill_the_writer: the root, as soon as a checkpoint is half-written, after a pause.
kill_the_writer() {
  pause 400 800
  ranks_of_job
  for _ in {1..20000}; do
    if compgen -G 'run/checkpoints/*.partial' >partial.txt; then break; fi
  done
  kill_rank "${ranks[0]:-}"
}

# kill_in_prepare: a rank, soon after the output has begun.
kill_in_prepare() {
  for _ in {1..1000}; do
    if compgen -G "data.h5.colonnade-*.partial" >partial.txt; then break; fi
    sleep 0.01
  done
  kill_a_rank 0 100
}

steps_of_metrics() { tail -n 1 run/metrics.csv 2>/dev/null | cut -d, -f2 | grep -E '^[0-9]+$' || echo 0; }
newest_step() { find run/checkpoints -name '*.ckpt' 2>/dev/null | sort | tail -n 1 | sed 's/.*step_0*\(.*\)\.ckpt/\1/' | grep . || echo 0; }

fail() {
  wrong=$((wrong + 1))
  echo "run $1: $2"
  cat out.txt all.txt
}

prepare_golden() {
  start 2 synth --columns 700 --out raw --quiet
  wait "$job"
  start 2 prepare raw/*.nc --out data.h5 --shard 40 --quiet
  wait "$job"
  content=$(grep '^content' out.txt)
  start 1 "${options[@]}" --out golden
  wait "$job"
  golden=$(grep '^weights' out.txt) || { cat all.txt; exit 1; }
}

killed_prepare() {
  local code
  rm -f data.h5
  start $((1 + RANDOM % 4)) prepare raw/*.nc --out data.h5 --shard 40 --quiet
  if (($1 % 8 == 1)); then kill_in_prepare; else kill_a_rank 100 700; fi
  wait "$job"
  code=$?
  if was_killed; then
    prepares=$((prepares + 1))
    compgen -G "data.h5.colonnade-*.partial" >partial.txt && in_prepare=$((in_prepare + 1))
  elif ((code != 0)); then
    fail "$1" "prepare ended by itself, with $code"
  fi
  if [[ -e data.h5 ]]; then
    start 1 inspect data.h5 --verify --quiet
    wait "$job" || fail "$1" "a killed prepare left a file under the final name that is not whole"
  fi
  start $((1 + RANDOM % 4)) prepare raw/*.nc --out data.h5 --shard 40 --quiet --force
  wait "$job" || fail "$1" "prepare did not end after a killed one"
  [[ $(grep '^content' out.txt) == "$content" ]] || fail "$1" "another content after a killed prepare"
  ! compgen -G "data.h5.colonnade-*.partial" >partial.txt || fail "$1" "remains of a killed prepare stayed"
}

killed_run() {
  local turn reached code at
  rm -rf run
  for ((turn = 0; turn < 12; turn++)); do
    start $((1 + RANDOM % 5)) "${options[@]}" --out run --threads $((1 + RANDOM % 2))
    ((turn > 0)) && resumes=$((resumes + 1))
    case $turn in
      0 | 2) kill_a_rank 250 999 ;;
      1) kill_the_writer ;;
    esac
    wait "$job" 2>/dev/null
    code=$?
    ((code == 0)) && break
    was_killed || fail "$1" "turn $turn ended by itself, with $code"
    kills=$((kills + 1))
    [[ -n $(find run/checkpoints -name '*.partial' 2>/dev/null) ]] && in_write=$((in_write + 1))
    reached=$(steps_of_metrics)
    at=$(newest_step)
    ((reached > at)) && repeated=$((repeated + reached - at))
  done
  [[ $code == 0 ]] || fail "$1" "did not end"
  [[ $(grep '^weights' out.txt) == "$golden" ]] || fail "$1" "other weights: $(grep '^weights' out.txt), not $golden"
  [[ $(cut -d, -f1-5 run/metrics.csv) == $(cut -d, -f1-5 golden/metrics.csv) ]] || fail "$1" "other metrics"
  cmp -s run/hashes.csv golden/hashes.csv || fail "$1" "other hashes"
}

prepare_golden 2>/dev/null
for ((number = 1; number <= runs; number++)); do
  ((number % 4 == 1)) && killed_prepare "$number"
  killed_run "$number"
  ((number % 25 == 0)) && echo "after $number runs: $kills kills, $wrong wrong, $SECONDS s"
done 2>/dev/null
echo "$runs runs of $(tail -n 1 golden/metrics.csv | cut -d, -f2) steps: $kills kills ($in_write inside the write of a checkpoint)," \
  "$resumes resumes, $repeated steps of whole epochs repeated; $prepares prepares killed ($in_prepare with a half-written output);" \
  "$wrong wrong; $golden; $SECONDS s"
[[ $wrong == 0 && $kills -ge $runs && $in_write -ge $((runs / 4)) && $in_prepare -ge $((runs / 16)) ]]
