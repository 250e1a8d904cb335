#!/usr/bin/env bash
# local_cluster_test.sh PROGRAM MPIEXEC: the batch scripts under a real Slurm, with both launchers: same content and weights
# as mpirun alone at another rank count; preemption and requeue. Exit code 77 where Slurm is not installed.
set -uo pipefail
exec </dev/null

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/slurm/cluster.sh
source "$here/cluster.sh"
check "a second start finds the cluster up" "$(cluster start)" "$(cat environment)"
check "three daemons run" "$(cluster status | grep -cE '^(munged|slurmctld|slurmd) [0-9]+$')" 3
golden "24,16" 300

declare -A launch=([srun]="srun --mpi=pmix" [mpirun]="mpirun --bind-to none")
for launcher in "${!launch[@]}"; do
  export COLONNADE_LAUNCH=${launch[$launcher]}
  job=$(submit "prepare-$launcher" "$scripts/prepare.sbatch" job.ini "$launcher.h5" raw/*.nc --quiet)
  check_job "prepare by $launcher" "prepare-$launcher" "$job" "COMPLETED 0:0 restarts 0"
  check "content by $launcher" "$(grep '^content' "prepare-$launcher.out")" "$content"
  job=$(submit "train-$launcher" "$scripts/train.sbatch" job.ini "$launcher.h5" "run-$launcher" --quiet)
  check_job "train by $launcher" "train-$launcher" "$job" "COMPLETED 0:0 restarts 0"
  check "weights by $launcher" "$(grep '^weights' "train-$launcher.out")" "$weights"
done

unset COLONNADE_LAUNCH
job=$(submit scaling "$scripts/scaling.sbatch" alone.h5 scaling.csv --mode strong --batch 80 --micro-batch 20 --repeats 1)
check_job "scaling" scaling "$job" "COMPLETED 0:0 restarts 0"
check "the ranks of the table" "$(awk '$1 == "strong" {print $2}' scaling.out | tr '\n' ' ')" "1 2 3 "
check "the same weights in each line" "$(awk '$1 == "strong" {print $NF}' scaling.out | sort -u | grep -cE '^[0-9a-f]{16}$')" 1
job=$(submit bad "$scripts/train.sbatch" job.ini alone.h5 absent/run)
check_job "an error's code is the job's" bad "$job" "FAILED 4:0 restarts 0"

# A program that is stopped on request in its first life. In the second it is done.
mkdir stand_in
cat >stand_in/colonnade <<'END'
#!/bin/bash
if ((${SLURM_RESTART_COUNT:-0} > 0)); then echo "done" && exit 0; fi
trap 'exit 75' USR1
echo "waits"
for _ in {1..600}; do sleep 0.1; done
END
chmod +x stand_in/colonnade
said() { [[ $(grep -c "^$1" "$2.out" 2>/dev/null) == "$3" ]]; }

job=$(PATH=$folder/stand_in:$PATH submit stop-srun "$scripts/train.sbatch" job.ini alone.h5 none)
await said waits stop-srun 3
scancel --batch --signal=USR1 "$job"
check_job "code 75 under srun requeues" stop-srun "$job" "COMPLETED 0:0 restarts 1"
check "all ranks of srun are done" "$(grep -c '^done' stop-srun.out)" 3

job=$(PATH=$folder/stand_in:$PATH COLONNADE_LAUNCH=${launch[mpirun]} submit stop-mpirun "$scripts/train.sbatch" job.ini alone.h5 none)
await said waits stop-mpirun 3
urgent=$(take_all_cpus)
check_job "preemption asks mpirun's ranks to stop" stop-mpirun "$job" "COMPLETED 0:0 restarts 1"
check_job "the urgent job" urgent "$urgent" "COMPLETED 0:0 restarts 0"
check "all ranks of mpirun are done" "$(grep -c '^done' stop-mpirun.out)" 3
check "preemption did not have to end them" "$(grep -c 'DUE TO PREEMPTION' stop-mpirun.out)" 0

# Without time to stop, Slurm itself ends the ranks and requeues the job.
scontrol update PartitionName=batch GraceTime=0
stand_in preempted 1
job=$(PATH=$folder/for_preempted:$PATH submit preempted "$scripts/train.sbatch" job.ini alone.h5 preempted)
await test -s preempted/metrics.csv
urgent=$(take_all_cpus)
check_job "a preempted job runs to its end" preempted "$job" "COMPLETED 0:0 restarts 1"
check_job "the job that preempts" urgent "$urgent" "COMPLETED 0:0 restarts 0"
check "Slurm ended the first life" "$(grep -c 'JOB .* DUE TO PREEMPTION' preempted.out)" 1
check "weights after preemption" "$(grep '^weights' preempted.out)" \
  "$(alone train alone.h5 --out undisturbed --epochs "$(last_epoch preempted)" | grep '^weights')"

processes() { grep -sl -- "$1" /proc/[0-9]*/cmdline | wc -l; }
check "another's folder is refused" "$(timeout 20 "$scripts/local-cluster.sh" start --folder raw 2>&1)" \
  "local-cluster.sh: $folder/raw was not made by local-cluster.sh: choose another --folder"
# start_sleeper: a job of which stop must leave nothing.
start_sleeper() {
  submit last --wrap "exec sleep 1000.$$" >/dev/null
  await sleeps
}
sleeps() { (($(processes "1000[.]$$") > 0)); }
check_stop() {
  check "$1: a job and daemons are seen" "$(($(processes "$folder/[c]/") >= 2)) $(processes "1000[.]$$")" "1 1"
  cluster stop
  check "$1: the folder is gone" "$(ls -d c 2>&1)" "ls: cannot access 'c': No such file or directory"
  check "$1: the daemons are gone" "$(processes "$folder/[c]/")" 0
  check "$1: the job is gone" "$(processes "1000[.]$$")" 0
}
start_sleeper
check_stop "stop"
cluster stop
check "a second stop is no error" "$?" 0
cluster start >environment
# shellcheck source=/dev/null
source environment
start_sleeper
kill -9 "$(cat c/slurmctld.pid)"
check_stop "stop without slurmctld"

end_checks 35
