#!/usr/bin/env bash
# requeue_test.sh PROGRAM MPIEXEC [EPOCHS]: under a real Slurm, a job that is preempted three times (the first before its ranks
# can listen), and one whose time is over three times, come back by themselves and end in the weights of an undisturbed
# run; one whose time never allows a second step says so and ends. The time is told to the program as six seconds; with EPOCHS,
# work for more than three minutes, it is Slurm's own limit of one minute. Exit code 77 where Slurm is not installed.
set -uo pipefail
exec </dev/null

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/slurm/cluster.sh
source "$here/cluster.sh"
limit_min=60
if [[ -n ${3:-} ]]; then await_s=900 limit_min=1; fi
# Long enough that three times six seconds do not end it on a fast machine.
golden "64,64" "${3:-3000}"

restarted() { [[ $(field "$1" Restarts) == "$2" ]]; }
is_running() { [[ $(field "$1" JobState) == RUNNING ]]; }
epochs_of() { sed -n '/info epoch/p' "$1/log.txt" 2>/dev/null | wc -l; }
trains_beyond() { (($(epochs_of "$1") > $2)); }
losses() { cut -d, -f1-5 "$1/metrics.csv" | cksum; }
# same NAME
same() {
  check "$1: weights" "$(grep '^weights' "$1.out")" "$weights"
  check "$1: metrics" "$(losses "$1")" "$(losses alone)"
}

# Out of time: in the partition that nobody preempts, beside the job that is preempted.
if [[ -z ${3:-} ]]; then
  mkdir six_seconds
  cat >six_seconds/colonnade <<END
#!/bin/bash
if ((\${SLURM_RESTART_COUNT:-0} < 3)); then export SLURM_JOB_END_TIME=\$((\$(date +%s) + 6)); fi
exec "$program" "\$@"
END
  chmod +x six_seconds/colonnade
fi
limited=$(PATH=$folder/six_seconds:$PATH submit limited --partition=urgent --ntasks-per-node=2 --signal=B:USR1@0 --time="$limit_min" \
  "$scripts/train.sbatch" job.ini alone.h5 limited --quiet)

job=$(submit preempted "$scripts/train.sbatch" job.ini alone.h5 preempted --quiet)
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
same preempted
check "preempted: Slurm did not have to end it" "$(grep -c 'DUE TO PREEMPTION' preempted.out)" 0

await restarted "$limited" 3
if ((limit_min == 1)); then scontrol update JobId="$limited" TimeLimit=60; fi
check_job "three times out of time" limited "$limited" "COMPLETED 0:0 restarts 3"
check "limited: it stopped itself each time" "$(grep -c "stopped ahead of the job's time limit" limited/log.txt)" 3
check "limited: it went on each time" "$(grep -c "resumed at epoch" limited/log.txt)" 3
same limited

mkdir no_time
cat >no_time/colonnade <<END
#!/bin/bash
SLURM_JOB_END_TIME=\$(date +%s) exec "$program" "\$@"
END
chmod +x no_time/colonnade
job=$(PATH=$folder/no_time:$PATH submit over "$scripts/train.sbatch" job.ini alone.h5 over --quiet)
check_job "no time for a second step" over "$job" "FAILED 2:0 restarts 0"
check "over: it says so" "$(grep -c "error: stopped ahead of the job's time limit at epoch 1 step 1, after a single step" over.out)" 1

end_checks 15
