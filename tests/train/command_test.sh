#!/usr/bin/env bash
# command_test.sh PROGRAM MPIEXEC: the train command on synthetic columns: the same weights on any
# ranks and threads, and how bad input ends on three ranks.
set -uo pipefail

program=$1 mpiexec=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
failed=0 checked=0

# run RANKS ARGUMENTS...: fills out, err and code.
run() {
  timeout 60 "$mpiexec" --oversubscribe --allow-run-as-root --bind-to none -n "$1" "$program" \
    "${@:2}" >out.txt 2>all.txt </dev/null
  code=$?
  out=$(cat out.txt)
  err=$(grep '^colonnade.*error' all.txt)
}

check() {
  checked=$((checked + 1))
  if [[ $2 != "$3" ]]; then
    failed=$((failed + 1))
    printf '%s:\n  found    %s\n  expected %s\n' "$1" "$2" "$3"
    cat all.txt
  fi
}

# refused CODE MESSAGE ARGUMENTS...: train on three ranks ends so, and leaves nothing behind.
refused() {
  run 3 train "${@:3}"
  check "message of train ${*:3}" "$err" "colonnade train: error: $2"
  check "code of train ${*:3}" "$code" "$1"
  check "nothing left by train ${*:3}" "$(ls -d new* 2>/dev/null)" ""
}

run 2 synth --columns 700 --out raw --quiet
check "synth ends well" "$code" 0
run 2 prepare raw/*.nc --out flat.h5 --shard 40 --quiet
run 2 prepare raw/*.nc --out levels.h5 --layout levels --quiet
check "prepare ends well" "$code" 0

small=(flat.h5 --hidden 24,16 --batch 175 --micro-batch 25 --epochs 2 --clip 0.5 --hash-every 3 --quiet)
run 1 train "${small[@]}" --out run
check "train ends well" "$code" 0
check "lines of train" "$(sed 's/[0-9a-f]\{16\}$/HASH/; s/ [0-9]* columns/ N columns/' out.txt)" \
  $'throughput N columns/s\nweights HASH'
check "files of a run" "$(ls run | tr '\n' ' ')" "checkpoints config.ini final.h5 hashes.csv log.txt metrics.csv model.h5 summary.json tensorboard "
check "lines of metrics.csv" "$(wc -l <run/metrics.csv)" 3
check "steps of hashes.csv" "$(cut -d, -f1 run/hashes.csv | tr '\n' ' ')" "step 1 3 6 "
weights=$(grep weights out.txt)
for ranks in 2 3 5 8; do
  for threads in 1 2; do
    run "$ranks" train "${small[@]}" --out same --threads "$threads" --force
    check "weights on $ranks ranks of $threads threads" "$(grep weights out.txt)" "$weights"
    check "hashes on $ranks ranks of $threads threads" "$(cat same/hashes.csv)" "$(cat run/hashes.csv)"
    check "losses on $ranks ranks of $threads threads" \
      "$(cut -d, -f1-5 same/metrics.csv)" "$(cut -d, -f1-5 run/metrics.csv)"
  done
done
# Less memory than the columns take.
stream=(flat.h5 --hidden 24,16 --batch 40 --micro-batch 5 --epochs 2)
run 1 train "${stream[@]}" --out held
check "columns in memory are told of" "$(grep -c '^columns in memory: 11.2 MiB on rank 0' out.txt)" 1
held=$(grep weights out.txt)
for shape in "1 12M" "2 6500K" "3 5500K" "5 4M"; do
  read -r ranks memory <<<"$shape"
  for threads in 1 2; do
    run "$ranks" train "${stream[@]}" --out streamed --memory "$memory" --threads "$threads" --force
    check "a stream on $ranks ranks is told of" "$(grep -cE '^(training )?columns streamed' out.txt)" 1
    check "weights streamed on $ranks ranks of $threads threads" "$(grep weights out.txt)" "$held"
    check "hashes streamed on $ranks ranks of $threads threads" "$(cat streamed/hashes.csv)" "$(cat held/hashes.csv)"
    check "losses streamed on $ranks ranks of $threads threads" \
      "$(cut -d, -f1-5 streamed/metrics.csv)" "$(cut -d, -f1-5 held/metrics.csv)"
  done
done

run 2 train flat.h5 --config run/config.ini --out again
check "config.ini gives the run again" "$(grep weights out.txt)" "$weights"

# A loss with weights and heating rates.
goal=(--loss mae --weight-by std --target-weights 'flux_dn_sw=2,flux_up_lw[0:40]=0.5' --heating-rate-weight 0.2)
run 1 train "${small[@]}" "${goal[@]}" --out weighted
check "a weighted loss ends well" "$code" 0
weighted=$(grep weights out.txt)
check "a weighted loss gives other weights" "$([[ $weighted == "$weights" ]]; echo $?)" 1
for shape in "2 1" "3 2" "5 1"; do
  read -r ranks threads <<<"$shape"
  run "$ranks" train "${small[@]}" "${goal[@]}" --out same --threads "$threads" --force
  check "weights of a weighted loss on $ranks ranks of $threads threads" "$(grep weights out.txt)" "$weighted"
  check "its losses" "$(cut -d, -f1-5 same/metrics.csv)" "$(cut -d, -f1-5 weighted/metrics.csv)"
done
run 2 train flat.h5 --config weighted/config.ini --out again --force
check "config.ini gives the weighted run again" "$(grep weights out.txt)" "$weighted"
for word in "--weight-by none:--weight-by is none, but std" \
  "--target-weights flux_dn_sw=3:--target-weights is flux_dn_sw=3, but flux_dn_sw=2,flux_up_lw[0:40]=0.5" \
  "--heating-rate-weight 0.3:--heating-rate-weight is 0.3, but 0.2"; do
  read -ra other <<<"${word%%:*}"
  run 2 train flat.h5 --config weighted/config.ini "${other[@]}" --resume auto
  check "code of a resume with ${other[*]}" "$code" 2
  check "a resume with ${other[*]} is refused" "$(grep -c -F -- "${word#*:} in the checkpoint" all.txt)" 1
done
# Batch normalisation and dropout, resumed.
deep=(flat.h5 --hidden 24,24 --batch 175 --micro-batch 25 --epochs 2 --hash-every 3 --quiet)
regularised=("${deep[@]}" --batch-norm --dropout 0.2)
run 1 train "${regularised[@]}" --out regularised
check "regularised training ends well" "$code" 0
once=$(grep weights out.txt)
for shape in "2 1" "3 2" "5 1"; do
  read -r ranks threads <<<"$shape"
  run "$ranks" train "${regularised[@]}" --out same --threads "$threads" --force --checkpoint-every 1steps --keep-checkpoints 99
  check "regularised weights on $ranks ranks of $threads threads" "$(grep weights out.txt)" "$once"
  check "their hashes" "$(cat same/hashes.csv)" "$(cat regularised/hashes.csv)"
  cp same/checkpoints/step_00000005.ckpt fifth.ckpt
  run 2 train "${regularised[@]}" --out same --resume fifth.ckpt
  check "regularised weights resumed" "$(grep weights out.txt)" "$once"
  check "the hashes of that" "$(cat same/hashes.csv)" "$(cat regularised/hashes.csv)"
done
for word in "--dropout 0.1:--dropout is 0.1, but 0.2" "--dropout 0:--dropout is none, but 0.2"; do
  read -ra other <<<"${word%%:*}"
  run 2 train "${deep[@]}" --batch-norm "${other[@]}" --out regularised --resume auto
  check "code of a resume with ${other[*]}" "$code" 2
  check "a resume with ${other[*]} is refused" "$(grep -c -F -- "${word#*:} in the checkpoint" all.txt)" 1
done
run 2 train "${deep[@]}" --dropout 0.2 --out regularised --resume auto
check "a resume without --batch-norm is refused" "$(grep -c -F -- "--batch-norm is none, but given in the checkpoint" all.txt)" 1
refused 2 "no such feature (flux_dn); the targets have flux_dn_lw, flux_dn_sw, flux_up_lw, flux_up_sw" \
  flat.h5 --out new --batch 175 --micro-batch 25 --target-weights flux_dn=2

run 3 train "${small[@]}" --out new --dry-run
check "a dry run ends well" "$code" 0
check "a dry run touches nothing" "$(ls -d new* 2>/dev/null)" ""
check "a dry run tells the plan" "$(grep -c '3 ranks of 1 threads share 7 micro-batches' out.txt)" 1

refused 2 "--batch 1024 is larger than the training split of 560 columns; use a smaller --batch, or prepare more columns" \
  flat.h5 --out new --quiet
refused 2 "--batch 100 is not a multiple of --micro-batch 64; use --batch 128" \
  flat.h5 --out new --batch 100 --micro-batch 64
refused 2 "levels.h5: the columns are not in the flat layout (levels); prepare them again with --layout flat" \
  levels.h5 --out new
refused 2 "run: the output exists already; choose another --out, or --force, or --resume auto" flat.h5 --out run
refused 2 "unknown option --batches; did you mean --batch?" flat.h5 --out new --batches 8
refused 4 "$folder/absent: the folder of the output does not exist; make it, or choose another --out [rank 0, phase 'output']" \
  flat.h5 --out absent/new
before=$(cat run/*.* run/checkpoints/* | cksum)
refused 2 "--batch 4096 is larger than the training split of 560 columns; use a smaller --batch, or prepare more columns" \
  flat.h5 --out run --force --batch 4096
check "an older run stays when the new one cannot start" "$(cat run/*.* run/checkpoints/* | cksum)" "$before"

run 3 train flat.h5 --hidden 24 --batch 175 --micro-batch 25 --epochs 1 --lr 1e30 --out wild
check "a wild learning rate's code" "$code" 5
check "a wild learning rate is told once" "$(grep -c 'left the finite numbers in epoch 1' all.txt)" 1

echo "$checked checks, $failed failed"
[[ $failed == 0 && $checked -ge 125 ]]
