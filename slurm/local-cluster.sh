#!/usr/bin/env bash
# A real Slurm of one node in a folder of its own, for tests and for learning: no systemd, no change to the system beyond
# Debian's packages slurmctld, slurmd, slurm-client and munge. Runs as root or as any user (who can then only run own jobs).
#
#   slurm/local-cluster.sh start|stop|status [--folder DIR]
#
#   start         starts the daemons and prints the variables to export:  eval "$(slurm/local-cluster.sh start)"
#   stop          ends all jobs and daemons, and removes the folder
#   status        tells how the daemons, partitions and jobs are; exit code 3 when the cluster is not up
#   --folder DIR  where config, keys, logs and state live [./local-cluster]
#
# Partitions: batch (default) and urgent, whose jobs preempt those of batch: Slurm sends the signal of the job's --signal
# (else SIGTERM), and after 20 s ends it and puts it back into the queue. The node pretends to have 16 CPUs, so that jobs
# of some ranks run on any machine. Everything listens on 127.0.0.1 only.
set -euo pipefail
exec </dev/null
umask 022
export PATH=$PATH:/usr/sbin:/sbin

cpus=16
start_limit_s=30
stop_limit_s=30

fail() {
  echo "local-cluster.sh: $1" >&2
  exit "${2:-1}"
}

# The daemon's pid while it runs; a pid file may have outlived it, and its number may belong to another process by now.
pid_of() {
  local pid
  pid=$(cat "$folder/$1.pid" 2>/dev/null) || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$folder/" && echo "$pid"
}

# await SECONDS COMMAND...: until it succeeds; fails when the time is over.
await() {
  local end=$((SECONDS + $1))
  until "${@:2}"; do
    ((SECONDS < end)) || return 1
    sleep 0.2
  done
}

client() { SLURM_CONF=$folder/slurm.conf timeout 10 "$@" 2>/dev/null; }
gone() { ! pid_of "$1" >/dev/null; }
no_jobs() { [[ -z $(client squeue --noheader --states=RUNNING,COMPLETING,SUSPENDED) ]]; }
node_ready() { [[ $(client sinfo --noheader --partition=batch --format=%T) =~ ^(idle|mixed|allocated)$ ]]; }
free_port() {
  local port
  for _ in {1..50}; do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port" && return; fi
  done
  fail "no free port between 20000 and 32000"
}

need_programs() {
  local wanted=(munged slurmctld slurmd sbatch srun scontrol)
  if ! type "${wanted[@]}" &>/dev/null; then
    # shellcheck source=jobs/packages.sh
    source "$(dirname "${BASH_SOURCE[0]}")/../jobs/packages.sh"
    install_packages "${slurm_packages[@]}" >&2
  fi
  type "${wanted[@]}" >/dev/null || fail "these programs are needed; on Debian: slurmctld slurmd slurm-client munge" 4
}

write_config() {
  local host user
  host=$(hostname -s) user=$(id -un)
  cat >"$folder/slurm.conf" <<END
ClusterName=colonnade
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=10
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=5,bf_interval=5
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
JobRequeue=1
KillWait=10
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus State=UNKNOWN
PartitionName=batch Nodes=ALL Default=YES PriorityTier=1 GraceTime=20
PartitionName=urgent Nodes=ALL PriorityTier=2 PreemptMode=OFF
END
}

# start_daemon NAME COMMAND...: the command puts itself into the background and writes NAME.pid.
start_daemon() {
  if ! timeout "$start_limit_s" "${@:2}" >>"$folder/$1.start" 2>&1 || ! await "$start_limit_s" pid_of "$1" >/dev/null; then
    tail -n 15 "$folder/$1.start" "$folder/$1.log" >&2 2>/dev/null || true
    end_daemons
    fail "$1 does not start; what it says stands above and in $folder"
  fi
}

# Parent folders that a group may write to are a matter of the machine's owner: munged only warns (--force).
start_daemons() {
  mkdir -p "$folder/state" "$folder/spool"
  (umask 377 && head -c 128 /dev/urandom >"$folder/munge.key")
  start_daemon munged munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" --seed-file="$folder/munged.seed"
  start_daemon slurmctld slurmctld -f "$folder/slurm.conf"
  start_daemon slurmd slurmd -f "$folder/slurm.conf"
  if ! await "$start_limit_s" node_ready; then
    client sinfo --long --Node >&2 || true
    tail -n 15 "$folder/slurmctld.log" "$folder/slurmd.log" >&2 || true
    end_daemons
    fail "the node is not ready after $start_limit_s s; what the daemons say stands above and in $folder"
  fi
}

end_daemons() {
  local daemon pid
  for daemon in slurmd slurmctld munged; do
    if ! pid=$(pid_of "$daemon"); then continue; fi
    kill "$pid" 2>/dev/null || true
    if await 10 gone "$daemon"; then continue; fi
    kill -9 "$pid" 2>/dev/null || true
    await 5 gone "$daemon" || fail "process $pid ($daemon) does not end; $folder stays"
  done
}

# What scancel did not reach, say because slurmctld is dead. The user's shell, which knows SLURM_CONF too, is in no job.
end_leftovers() {
  local file files
  mapfile -t files < <(grep -slz "^SLURM_CONF=$folder/slurm.conf$" /proc/[0-9]*/environ)
  for file in "${files[@]}"; do
    if grep -sqz '^SLURM_JOB_ID=' "$file" || grep -sq '^slurmstepd' "${file%environ}comm"; then
      kill -9 "$(cut -d/ -f3 <<<"$file")" 2>/dev/null || true
    fi
  done
}

is_up() { pid_of munged >/dev/null && pid_of slurmctld >/dev/null && pid_of slurmd >/dev/null; }

print_environment() {
  echo "export SLURM_CONF=$folder/slurm.conf"
  # With more ranks than cores, those who wait must give way: Open MPI does not see that the CPUs are pretended.
  echo "export OMPI_MCA_mpi_yield_when_idle=1"
  # Open MPI refuses to start as root otherwise.
  if (($(id -u) == 0)); then echo "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"; fi
}

start() {
  if ! is_up; then
    need_programs
    [[ ! -e $mark ]] || stop
    mkdir -p "$folder" && touch "$mark"
    write_config
    start_daemons
  fi
  print_environment
}

stop() {
  if [[ ! -e $mark ]]; then return 0; fi
  if is_up; then
    client scancel --user="$(id -un)" || true
    await "$stop_limit_s" no_jobs || echo "local-cluster.sh: jobs that did not end in $stop_limit_s s are killed" >&2
  fi
  end_daemons
  end_leftovers
  rm -rf "$folder"
}

status() {
  local daemon
  for daemon in munged slurmctld slurmd; do
    echo "$daemon $(pid_of "$daemon" || echo "is not running")"
  done
  is_up || exit 3
  client sinfo || fail "slurmctld does not answer; see $folder/slurmctld.log" 3
  client squeue || true
}

usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

command='' folder=local-cluster
while (($# > 0)); do
  case $1 in
    start | stop | status) command=$1 ;;
    --folder) (($# > 1)) || fail "--folder needs a folder" 2; folder=$2 && shift ;;
    --folder=*) folder=${1#*=} ;;
    --help | -h) usage && exit 0 ;;
    *) fail "unknown word $1; see local-cluster.sh --help" 2 ;;
  esac
  shift
done
[[ -n $command ]] || fail "start, stop or status? See local-cluster.sh --help" 2
folder=$(realpath -m -- "$folder")
mark=$folder/.made_by_local_cluster
# slurm.conf cannot quote, and the path of a socket has at most 107 bytes.
[[ $folder =~ ^[A-Za-z0-9_./+-]+$ ]] || fail "$folder: Slurm needs a path of letters, digits and _ . / + -" 2
((${#folder} <= 80)) || fail "$folder: choose a --folder whose path has at most 80 letters: sockets need short paths" 2
if [[ -e $folder && ! -e $mark && -n $(ls -A "$folder" 2>&1) ]]; then
  fail "$folder was not made by local-cluster.sh: choose another --folder" 2
fi
"$command"
