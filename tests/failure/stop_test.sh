#!/usr/bin/env bash
# stop_test.sh PROGRAM MPIEXEC: a signal to one rank of three stops all of them with 75, and the resume ends with the
# weights of a run that nobody stopped; a second SIGINT ends at once; a checkpoint that is damaged is passed over; options
# that would change the result are refused.
set -uo pipefail

# shellcheck source=tests/small_run.sh
source "$(dirname "${BASH_SOURCE[0]}")/../small_run.sh"
options=(train data.h5 --hidden "64,64" --batch 175 --micro-batch 25 --epochs 400 --quiet)

# pid_of_rank RANK RUN: waits until the run has begun its steps.
pid_of_rank() {
  local pid
  for _ in {1..200}; do
    if [[ -s $2/log.txt ]]; then
      for pid in $(pgrep -f -- "--out $2\$"); do
        if grep -qzx "OMPI_COMM_WORLD_RANK=$1" "/proc/$pid/environ" 2>/dev/null; then
          echo "$pid"
          return
        fi
      done
    fi
    sleep 0.05
  done
}

# started RUN ARGUMENTS...: trains on three ranks in the background.
started() {
  timeout 60 "${launch[@]}" -n 3 "$program" "${options[@]}" "${@:2}" --out "$1" >out.txt 2>all.txt </dev/null &
  job=$!
}

ended() {
  local begin=$SECONDS
  wait "$job"
  code=$?
  check "$1: within ten seconds" "$((SECONDS - begin < 10))" 1
}

prepare_columns
run 1 "${options[@]}" --out golden
check "the golden run ends" "$code" 0
golden=$(weights)

for signal in TERM USR1 INT; do
  rm -rf run
  started run
  kill "-$signal" "$(pid_of_rank 2 run)"
  ended "SIG$signal"
  check "SIG$signal: code" "$code" 75
  check "SIG$signal: message" \
    "$(grep -c "^stopped on request (SIG$signal on rank 2) at epoch [0-9]* step [0-9]*: resume with --resume auto\$" out.txt)" 1
  check "SIG$signal: a checkpoint" "$(find run/checkpoints -name '*.ckpt' | wc -l)" 1
  cp -r run "stopped_$signal"
  run 2 "${options[@]}" --out run --resume auto
  check "SIG$signal: weights after the resume" "$(weights)" "$golden"
  check "SIG$signal: metrics after the resume" "$(losses run)" "$(losses golden)"
done

started twice
pid=$(pid_of_rank 2 twice)
other=$(pid_of_rank 1 twice)
# A rank that stands still keeps the others from their next step.
kill -STOP "$other"
kill -INT "$pid"
sleep 0.2
kill -INT "$pid"
ended "SIGINT twice"
check "SIGINT twice: code" "$code" 130
check "SIGINT twice: no order" "$(grep -c '^stopped' out.txt)" 0

# In a job of eight seconds most of them are work.
SLURM_JOB_END_TIME=$(($(date +%s) + 8)) run 3 train data.h5 --hidden 64,64 --batch 175 --micro-batch 25 --epochs 1000000 --quiet --out short
check "a short job: code" "$code" 75
check "a short job: message" "$(grep -c "^stopped ahead of the job's time limit at epoch .*: resume with --resume auto\$" out.txt)" 1
check "a short job: more than an epoch" "$(($(wc -l <short/metrics.csv) > 2))" 1

newest=$(find stopped_TERM/checkpoints -name '*.ckpt')
cp "$newest" stopped_TERM/checkpoints/step_99999999.ckpt
printf 'x' | dd of=stopped_TERM/checkpoints/step_99999999.ckpt bs=1 seek=5000 conv=notrunc status=none
run 3 "${options[@]}" --out stopped_TERM --resume auto
check "damaged: warning" "$(grep -c 'step_99999999.ckpt: the checkpoint is not whole (the hash of section weights differs); passed over' all.txt)" 1
check "damaged: left in place" "$(find stopped_TERM/checkpoints -name 'step_99999999.ckpt' | wc -l)" 1
check "damaged: weights" "$(weights)" "$golden"

# refused MESSAGE OPTIONS...
refused() {
  run 3 train data.h5 --hidden 64,64 --batch 175 --micro-batch 25 --quiet --out stopped_INT --resume auto "${@:2}"
  check "refused: code of ${*:2}" "$code" 2
  check "refused: message of ${*:2}" "$(grep -c "^colonnade train: error: .*$1" all.txt)" 1
}
refused "--lr is 0.002, but 0.001 in the checkpoint; give the value" --epochs 400 --lr 2e-3
refused "--epochs is 500, but 400 in the checkpoint" --epochs 500
refused "--loss is mae, but mse in the checkpoint" --epochs 400 --loss mae
refused "--force and --resume contradict each other" --epochs 400 --force
refused "--checkpoint-every takes a time or steps (5step); write it as" --epochs 400 --checkpoint-every 5step
run 3 "${options[@]}" --out stopped_INT
check "an existing run without --resume: code" "$code" 2

ONEDNN_MAX_CPU_ISA=SSE41 run 3 "${options[@]}" --out stopped_INT --resume auto
check "another instruction set: warning" "$(grep -cE "warning: .* was written with instruction set .*, and this is sse41: " all.txt)" 1
check "another instruction set: it goes on" "$code" 0
mixed=(train data.h5 --batch 175 --micro-batch 25 --epochs 1 --quiet --out mixed)
timeout 60 "${launch[@]}" -n 1 "$program" "${mixed[@]}" : \
  -n 1 env ONEDNN_MAX_CPU_ISA=SSE41 "$program" "${mixed[@]}" >out.txt 2>all.txt
check "two instruction sets: warning" "$(grep -c "warning: the ranks' instruction sets differ (rank 0: " all.txt)" 1

# Room for one checkpoint of 4.9 MB, not for two; only root can mount.
mkdir -p full/checkpoints && touch full/config.ini
if mount -t tmpfs -o size=9m none full/checkpoints 2>/dev/null; then
  trap 'umount "$folder/full/checkpoints"; rm -rf "$folder"' EXIT
  run 3 "${options[@]}" --out full --resume auto --checkpoint-every 700steps
  newest=$(find full/checkpoints -name '*.ckpt' | tail -n 1)
  check "full disc: warnings" "$(grep -c 'could not be written: .*No space left on device); the one before stays' all.txt)" 1
  check "full disc: the last checkpoint is an error" "$(grep -c '^colonnade train: error: .*cannot write the file (No space left on device)' all.txt)" 1
  check "full disc: code" "$code" 4
  run 2 "${options[@]}" --out beyond --resume "$newest"
  check "full disc: weights from the one before" "$(weights)" "$golden"
else
  echo "NOT SHOWN: a full disc; a tmpfs cannot be mounted"
fi

end_checks 33
