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
epochs=${3:-800}
golden "64,64" "$epochs"

restarted() { [[ $(field "$1" Restarts) == "$2" ]]; }
is_running() { [[ $(field "$1" JobState) == RUNNING ]]; }
stops() { grep -c "$1" "$2/log.txt"; }
epochs_of() { cat "$1/log.txt" 2>/dev/null | grep -c 'info epoch'; }
trains_beyond() { (($(epochs_of "$1") > $2)); }
losses() { cut -d, -f1-5 "$1/metrics.csv"; }
# same NAME
same() {
  check "$1: weights" "$(grep '^weights' "$1.out")" "$weights"
  check "$1: metrics" "$(losses "$1")" "$(losses alone)"
}

job=$(submit preempted "$scripts/train.sbatch" job.ini alone.h5 preempted --quiet)
await is_running "$job"
for life in 1 2 3; do
  if ((life > 1)); then await trains_beyond preempted "$before" || break; fi
  urgent=$(take_all_cpus)
  check_job "preemption $life" urgent "$urgent" "COMPLETED 0:0 restarts 0"
  await restarted "$job" "$life" || break
  before=$(epochs_of preempted)
done
check_job "preempted three times" preempted "$job" "COMPLETED 0:0 restarts 3"
same preempted
check "preempted: Slurm did not have to end it" "$(grep -c 'DUE TO PREEMPTION' preempted.out)" 0

if [[ -z ${3:-} ]]; then
  mkdir short
  cat >short/colonnade <<END
#!/bin/bash
if ((\${SLURM_RESTART_COUNT:-0} < 3)); then export SLURM_JOB_END_TIME=\$((\$(date +%s) + 6)); fi
exec "$program" "\$@"
END
  chmod +x short/colonnade
  PATH=$folder/short:$PATH
fi
job=$(submit limited --signal=B:USR1@0 --time=1 "$scripts/train.sbatch" job.ini alone.h5 limited --quiet)
for life in 1 2 3; do await restarted "$job" "$life" || break; done
scontrol update JobId="$job" TimeLimit=60
check_job "three times out of time" limited "$job" "COMPLETED 0:0 restarts 3"
check "limited: it stopped itself each time" "$(stops "stopped ahead of the job's time limit" limited)" 3
check "limited: it went on each time" "$(stops "resumed at epoch" limited)" 3
same limited

mkdir over
cat >over/colonnade <<END
#!/bin/bash
SLURM_JOB_END_TIME=\$(date +%s) exec "$program" "\$@"
END
chmod +x over/colonnade
job=$(PATH=$folder/over:$PATH submit over "$scripts/train.sbatch" job.ini alone.h5 over --quiet)
check_job "no time for a second step" over "$job" "FAILED 2:0 restarts 0"
check "over: it says so" "$(grep -c "error: stopped ahead of the job's time limit at epoch 1 step 1, after a single step" over.out)" 1

end_checks 15
