#!/usr/bin/env bash
# damaged_replica_test.sh PROGRAM MPIEXEC FLIP_BIT: a bit of one rank's weights flips (FLIP_BIT is preloaded). The run
# must end with 70 and name the rank, write no checkpoint of it, and end in the golden weights and hashes when resumed.
set -uo pipefail

# shellcheck source=tests/small_run.sh
source "$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/small_run.sh"
flip_bit=$(realpath "$3")

train=(train data.h5 --hidden "16,16" --batch 175 --micro-batch 25 --epochs 4 --quiet
  --checkpoint-every 3steps)
newest() { basename "$(find run/checkpoints -name '*.ckpt' | sort | tail -n 1)"; }

# damaged RANKS RANK STEP SENTENCE NEWEST MORE...: NEWEST is the checkpoint that must be the newest then.
damaged() {
  rm -rf run
  timeout 60 "${launch[@]}" -n "$1" env LD_PRELOAD="$flip_bit" FLIP_RANK="$2" FLIP_STEP="$3" "$program" "${train[@]}" \
    --out run "${@:6}" >out.txt 2>all.txt </dev/null
  code=$?
  check "rank $2 of $1 at step $3: code" "$code" 70
  check "rank $2 of $1 at step $3: message" "$(grep -o 'error: after step.*(layer1.weight)' all.txt)" \
    "error: after step $3 $4 (layer1.weight)"
  check "rank $2 of $1 at step $3: newest checkpoint" "$(newest)" "$5"
  check "rank $2 of $1 at step $3: no half checkpoint" "$(find run/checkpoints -name '*.partial')" ""
  run 2 "${train[@]}" --out run --resume auto "${@:6}"
  check "resumed: weights" "$(weights)" "$golden"
}

prepare_columns
run 2 "${train[@]}" --out golden --hash-every 5
golden=$(weights)
check "the golden run ends" "$code" 0

damaged 3 1 9 "rank 1 holds other weights than the rest" step_00000006.ckpt --hash-every 0
damaged 3 0 10 "rank 0 holds other weights than the rest" step_00000009.ckpt --hash-every 5
check "resumed: hashes" "$(cksum <run/hashes.csv)" "$(cksum <golden/hashes.csv)"
damaged 2 1 4 "ranks 0 and 1 hold different weights" step_00000003.ckpt --hash-every 0 # found after the epoch
end_checks 18
