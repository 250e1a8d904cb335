#!/usr/bin/env bash
# requeue_test.sh PROGRAM MPIEXEC [real]: under a real Slurm, a job that is preempted three times (the first before its ranks
# can listen), and one whose time is over three times, come back by themselves and end in the weights of an undisturbed run;
# one whose time never allows a second step says so and ends. The time is told to the program as six seconds; with "real" it
# is Slurm's own limit of one minute. Exit code 77 where Slurm is not installed.
set -uo pipefail
exec </dev/null

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/slurm/cluster.sh
source "$here/cluster.sh"
limit_s=6 limit_min=60
if [[ ${3:-} == real ]]; then await_s=900 limit_s='' limit_min=1; fi
columns "64,64" 1

restarted() { [[ $(field "$1" Restarts) == "$2" ]]; }
is_running() { [[ $(field "$1" JobState) == RUNNING ]]; }
epochs_of() { sed -n '/info epoch/p' "$1/log.txt" 2>/dev/null | wc -l; }
trains_beyond() { (($(epochs_of "$1") > $2)); }
losses() { cut -d, -f1-5 "$1/metrics.csv"; }

# Out of time: in the partition that nobody preempts, beside the job that is preempted.
stand_in limited 3 "$limit_s"
stand_in preempted 3
limited=$(PATH=$folder/for_limited:$PATH submit limited --partition=urgent --ntasks-per-node=2 --signal=B:USR1@0 --time="$limit_min" \
  "$scripts/train.sbatch" job.ini alone.h5 limited --quiet)

job=$(PATH=$folder/for_preempted:$PATH submit preempted "$scripts/train.sbatch" job.ini alone.h5 preempted --quiet)
await is_running "$job"
for life in 1 2 3; do
  if ((life > 1)); then await trains_beyond preempted "$before" || break; fi
  # As many CPUs as the job out of time leaves.
  urgent=$(timeout 20 sbatch --parsable --output=urgent.out --partition=urgent --ntasks=14 --wrap "echo mine")
  check_job "preemption $life" urgent "$urgent" "COMPLETED 0:0 restarts 0"
  await restarted "$job" "$life" || break
  before=$(epochs_of preempted)
done
check_job "preempted three times" preempted "$job" "COMPLETED 0:0 restarts 3"
check "preempted: Slurm did not have to end it" "$(grep -c 'DUE TO PREEMPTION' preempted.out)" 0
check_job "three times out of time" limited "$limited" "COMPLETED 0:0 restarts 3"
check "limited: it stopped itself each time" "$(grep -c "stopped ahead of the job's time limit" limited/log.txt)" 3
check "limited: it went on each time" "$(grep -c "resumed at epoch" limited/log.txt)" 3

# The undisturbed run goes to the end of the shorter one, and from there to the end of the longer one.
mapfile -t by_length < <(for run in preempted limited; do echo "$(last_epoch $run) $run"; done | sort -n)
for line in "${by_length[@]}"; do
  read -r epochs run <<<"$line"
  weights=$(alone train alone.h5 --out alone --resume auto --epochs "$epochs" | grep '^weights')
  check "$run: weights after $epochs epochs" "$(grep '^weights' "$run.out")" "$weights"
  check "$run: metrics" "$(losses "$run" | cksum)" "$(losses alone | cksum)"
  check "$run: more than twenty epochs" "$((epochs > 20))" 1
done

mkdir no_time
cat >no_time/colonnade <<END
#!/bin/bash
SLURM_JOB_END_TIME=\$(date +%s) exec "$program" "\$@" --epochs 1000000
END
chmod +x no_time/colonnade
job=$(PATH=$folder/no_time:$PATH submit over "$scripts/train.sbatch" job.ini alone.h5 over --quiet)
check_job "no time for a second step" over "$job" "FAILED 2:0 restarts 0"
check "over: it says so" "$(grep -c "error: stopped ahead of the job's time limit at epoch 1 step 1, after a single step" over.out)" 1

end_checks 16
