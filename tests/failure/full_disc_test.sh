#!/usr/bin/env bash
# full_disc_test.sh PROGRAM MPIEXEC [STEP_KIB]: training on discs of many sizes, from nothing to enough in steps of
# STEP_KIB. A run that its disc cannot hold ends with 4 and one message, which names a file on that disc and the newest
# checkpoint; every checkpoint it leaves is whole, and on a larger disc the run goes on from them to the golden weights.
set -uo pipefail

program=$1 mpiexec=$2 step=${3:-40}
if [[ -z ${SMALL_DISC:-} ]]; then
  # Mounts that only this process and its children see, and that end with them.
  if unshare --mount true 2>/dev/null; then SMALL_DISC=1 exec unshare --mount "$0" "$@"; fi
  echo "NOT SHOWN: full discs: only root can mount a small tmpfs"
  exit 77
fi
folder=$(mktemp -d)
trap 'umount -q "$folder/disc"; rm -rf "$folder"' EXIT
cd "$folder" && mkdir disc || exit 1
failed=0 checked=0 refused=0 resumed=0 enough=0

check() {
  checked=$((checked + 1))
  [[ $2 == "$3" ]] && return
  failed=$((failed + 1))
  printf '%s:\n  found    %s\n  expected %s\n' "$1" "$2" "$3"
  cat out.txt all.txt
}

run() {
  timeout 60 "$mpiexec" --oversubscribe --allow-run-as-root --bind-to none -n "$1" "$program" "${@:2}" \
    >out.txt 2>all.txt </dev/null
  code=$?
}

# train RANKS RUN MORE...: two epochs of 16 steps, a checkpoint every five: the first two are written before the first
# model, however fast the steps and however slow the disc, because a checkpoint waits for the one before it.
train() {
  run "$1" train data.h5 --hidden 24,24 --batch 25 --micro-batch 5 --epochs 2 --quiet --checkpoint-every 5steps \
    --keep-checkpoints 2 --out "${@:2}"
}

# after_a_full_disc KIB: the run on disc/ has just ended with an error.
after_a_full_disc() {
  local errors newest
  errors=$(grep '^colonnade train: error: ' all.txt)
  newest=$(find disc/run/checkpoints -name '*.ckpt' 2>/dev/null | sort | tail -n 1)
  refused=$((refused + 1))
  check "$1 KiB: code" "$code" 4
  check "$1 KiB: messages" "$(grep -c . <<<"$errors")" 1
  check "$1 KiB: the message names a file on the disc" "$(grep -c 'error: disc/' <<<"$errors")" 1
  check "$1 KiB: files half-written" "$(find disc -name '*.partial' | wc -l)" 0
  [[ -n $newest ]] || return
  resumed=$((resumed + 1))
  check "$1 KiB: the message names the newest checkpoint" "$(grep -c "$newest is whole" <<<"$errors")" 1
  cp -r disc/run larger
  train $((1 + resumed % 3)) larger --resume auto
  check "$1 KiB: code of the resume" "$code" 0
  check "$1 KiB: damaged checkpoints" "$(grep -c 'passed over' all.txt)" 0
  check "$1 KiB: resumed" "$(grep -c 'resumed at epoch' larger/log.txt)" 1
  check "$1 KiB: weights" "$(grep '^weights' out.txt)" "$golden"
  rm -rf larger
}

run 2 synth --columns 500 --out raw --quiet
run 2 prepare raw/*.nc --inputs sca_inputs --targets flux_dn_sw --out data.h5 --shard 50 --quiet
train 1 golden
check "the golden run ends" "$code" 0
golden=$(grep '^weights' out.txt)
most=$(($(du -s --block-size=1K golden | cut -f1) + 192))

for ((kib = 4; kib <= most; kib += step)); do
  mount -t tmpfs -o "size=${kib}k" none disc || exit 1
  train $((1 + kib / step % 3)) disc/run
  if [[ $code == 0 ]]; then
    enough=$((enough + 1))
    check "$kib KiB: weights" "$(grep '^weights' out.txt)" "$golden"
  else
    after_a_full_disc "$kib"
  fi
  umount disc
done
echo "$((refused + enough)) discs up to $most KiB: $refused too small, of which $resumed left checkpoints; $enough held the run"
echo "$checked checks, $failed failed"
[[ $failed == 0 && $resumed -ge 5 && $((refused - resumed)) -ge 2 && $enough -ge 1 ]]
