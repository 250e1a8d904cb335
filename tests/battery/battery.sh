#!/usr/bin/env bash
# battery.sh PROGRAM MPIEXEC CASE: one of the exact-restart tests that climate models are held to, under the names
# that CIME gives them. Each compares the `weights` line, the hashes of every step, and the columns of metrics.csv that
# hold no times, with SGD and momentum, and with AdamW, plateau schedule and early stopping.
#   SMS runs  REP the same twice  PEM on other ranks  PET with other threads  ERS stopped and resumed
#   ERP resumed on other ranks and threads  IRT resumed from older checkpoints  ERR a chain of resumes
set -uo pipefail

case=$3
# shellcheck source=tests/small_run.sh
source "$(dirname "${BASH_SOURCE[0]}")/../small_run.sh"

declare -A kinds=(
  [momentum]="--optimizer momentum --lr 0.01 --epochs 4"
  [adamw]="--optimizer adamw --lr 0.05 --weight-decay 0.01 --schedule plateau --epochs 8 --patience 2"
)

# train KIND RUN RANKS THREADS MORE...
train() {
  # shellcheck disable=SC2086
  run "$3" train data.h5 --hidden 16,16 --batch 175 --micro-batch 25 --quiet --clip 1 ${kinds[$1]} --out "$2" \
    --threads "$4" --hash-every 1 "${@:5}"
}

checkpoint() { printf 'golden_%s/checkpoints/step_%08d.ckpt' "$1" "$2"; }

# golden KIND: the run that all others must equal, with every checkpoint kept.
golden() {
  train "$1" "golden_$1" 2 1 --checkpoint-every 1steps --keep-checkpoints 1000
  check "the golden $1 run ends" "$code" 0
  golden_weights=$(weights)
  steps=$(tail -n 1 "golden_$1/metrics.csv" | cut -d, -f2)
}

# same WHAT KIND RUN: the run that has just ended equals the golden one.
same() {
  check "$1: code" "$code" 0
  check "$1: weights" "$(weights)" "$golden_weights"
  check "$1: hashes" "$(cksum <"$3/hashes.csv")" "$(cksum <"golden_$2/hashes.csv")"
  check "$1: metrics" "$(losses "$3")" "$(losses "golden_$2")"
}

# one_step ARGUMENTS...: as train, in a job whose time is over: stopped after a single step.
one_step() {
  SLURM_JOB_END_TIME=1 train "$@"
  check "stopped: code" "$code" 2
  check "stopped: message" "$(grep -c "error: stopped ahead of the job's time limit at epoch .*, after a single step; give the job more" all.txt)" 1
}

SMS() {
  check "$1: files" "$(cd "golden_$1" && echo *)" "checkpoints config.ini final.h5 hashes.csv log.txt metrics.csv model.h5 summary.json tensorboard"
  check "$1: hashes of each step" "$(wc -l <"golden_$1/hashes.csv")" "$((steps + 1))"
  check "$1: a checkpoint a step" "$(find "golden_$1/checkpoints" -name '*.ckpt' | wc -l)" "$steps"
  if [[ $1 == adamw ]]; then
    check "$1: stopped early" "$(grep -c 'stopped early' golden_adamw/log.txt)" 1
  fi
}

REP() {
  train "$1" again 2 1
  same "$1 again" "$1" again
}

PEM() {
  for ranks in 1 2 3 4 5 7 8 16; do
    train "$1" run "$ranks" 1 --force
    same "$1 on $ranks ranks" "$1" run
  done
}

PET() {
  for threads in 1 2 4; do
    train "$1" run 1 "$threads" --force
    same "$1 with $threads threads" "$1" run
  done
}

ERS() {
  one_step "$1" run 2 1
  train "$1" run 2 1 --resume auto
  check "$1: resumed" "$(grep -c 'resumed at epoch 1 step 1' run/log.txt)" 1
  same "$1 stopped and resumed" "$1" run
  train "$1" run 2 1 --resume auto
  check "$1: finished already" "$(grep -c 'finished already' run/log.txt)" 1
  same "$1 resumed at its end" "$1" run
}

ERP() {
  local turn=0 ranks
  for ranks in 1 3 5 8; do
    turn=$((turn + 1))
    rm -rf run
    train "$1" run "$ranks" $((1 + turn % 2)) --resume "$(checkpoint "$1" $((4 * turn - 1)))"
    same "$1 resumed on $ranks ranks" "$1" run
  done
}

IRT() {
  local step
  for ((step = 1; step <= steps; step += 5)); do
    rm -rf run
    train "$1" run 1 2 --resume "$(checkpoint "$1" "$step")"
    same "$1 resumed from step $step" "$1" run
    check "$1: the best model" "$(model_of run)" "$(model_of "golden_$1")"
  done
}

# model_of RUN: the weights' hash in model.h5, which its provenance holds.
model_of() { grep -ao '"weights_hash": "[0-9a-f]*"' "$1/model.h5"; }

ERR() {
  local link
  one_step "$1" run 3 1
  for link in 1 2 3 4 5; do
    one_step "$1" run $((1 + link % 3)) $((1 + link % 2)) --resume auto
    if [[ $link == 5 ]]; then rm run/model.h5; fi
  done
  train "$1" run 2 2 --resume auto
  same "$1 after six resumes" "$1" run
  check "$1: the best model" "$(model_of run)" "$(model_of "golden_$1")"
}

prepare_columns
for kind in momentum adamw; do
  golden "$kind"
  (( steps > 12 )) || check "$kind: steps" "$steps" "more than 12"
  "$case" "$kind"
  rm -rf run again
done
end_checks 6
