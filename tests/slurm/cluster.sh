# shellcheck shell=bash
# Sourced by the tests under Slurm, with their arguments PROGRAM MPIEXEC: a folder and a cluster of their own, jobs, and
# checks. Ends with 77 where Slurm is not installed, and fails where it is and does not start.
program=$(realpath "$1") mpiexec=$2
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../slurm" && pwd)
folder=$(mktemp -d)
cluster() { timeout 120 "$scripts/local-cluster.sh" "$1" --folder "$folder/c"; }
trap 'cluster stop; rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0 checked=0

check() {
  checked=$((checked + 1))
  if [[ $2 != "$3" ]]; then
    failed=$((failed + 1))
    printf '%s:\n  found    %s\n  expected %s\n' "$1" "$2" "$3"
  fi
}

# await COMMAND...: until it succeeds, await_s seconds at most.
await_s=120
await() {
  local end=$((SECONDS + await_s))
  until "$@"; do
    if ((SECONDS >= end)); then echo "waited in vain for: $*" && return 1; fi
    sleep 0.2
  done
}

# submit NAME ARGUMENTS...: with its output in NAME.out; prints the job's number.
submit() { timeout 20 sbatch --parsable --output="$1.out" --ntasks-per-node=3 --cpus-per-task=1 "${@:2}"; }
take_all_cpus() { timeout 20 sbatch --parsable --output=urgent.out --partition=urgent --ntasks=16 --wrap "echo mine"; }
field() { timeout 10 scontrol --oneliner show job "$1" | grep -oP "(?<= $2=)\S+"; }
ended() { [[ $(field "$1" JobState) =~ ^(COMPLETED|FAILED|CANCELLED|TIMEOUT|PREEMPTED|NODE_FAIL)$ ]]; }
# outcome JOB: its state, exit code and number of restarts, once it has ended.
outcome() {
  await ended "$1"
  echo "$(field "$1" JobState) $(field "$1" ExitCode) restarts $(field "$1" Restarts)"
}
# check_job TEXT NAME JOB OUTCOME
check_job() {
  local before=$failed
  check "$1" "$(outcome "$3")" "$4"
  if ((failed > before)); then tail -n 20 "$2.out"; fi
}

alone() { timeout "$await_s" "$mpiexec" --oversubscribe --bind-to none -n 2 "$program" "$@" --config job.ini --quiet; }

# columns WIDTHS EPOCHS: job.ini, alone.h5 and its content.
columns() {
  cat >job.ini <<END
[prepare]
shard = 20
[train]
hidden = $1
batch = 80
micro-batch = 20
schedule = constant
epochs = $2
END
  alone synth --columns 300 --files 2 --out raw >/dev/null
  content=$(alone prepare raw/*.nc --out alone.h5 | grep '^content')
}

# golden WIDTHS EPOCHS: also the weights that mpirun alone makes of them.
golden() {
  columns "$@"
  weights=$(alone train alone.h5 --out alone | grep '^weights')
  check "mpirun alone gives both hashes" "$(grep -cE '^(content|weights) [0-9a-f]{16}$' <<<"$content"$'\n'"$weights")" 2
}

last_epoch() { tail -n 1 "$1/metrics.csv" | cut -d, -f1; }

# stand_in RUN LIVES [LIMIT_S]: a program in the folder for_RUN whose first LIVES lives have more to do than any machine can
# in their time, and whose next ends twenty epochs on: so that no machine is too fast or too slow for these tests.
stand_in() {
  mkdir "for_$1"
  cat >"for_$1/colonnade" <<END
#!/bin/bash
if ((\${SLURM_RESTART_COUNT:-0} < $2)); then
  epochs=1000000
  if [[ "${3:-}" ]]; then export SLURM_JOB_END_TIME=\$((\$(date +%s) + ${3:-0})); fi
else
  epochs=\$((\$(tail -n 1 "$1/metrics.csv" | cut -d, -f1) + 20))
fi
exec "$program" "\$@" --epochs "\$epochs"
END
  chmod +x "for_$1/colonnade"
}

# end_checks NUMBER: of checks that there must be.
end_checks() {
  echo "$checked checks, $failed failed"
  [[ $failed == 0 && $checked == "$1" ]]
}

# Nothing of a Slurm job that this test may run in must reach its own cluster.
unset "${!SLURM_@}" "${!SBATCH_@}" "${!SRUN_@}"
cluster start >environment
case $? in
  0) ;;
  4) echo "NOT SHOWN: SLURM IS NOT INSTALLED" && exit 77 ;;
  *) echo "Slurm is installed, and does not start, for the reason above." && exit 1 ;;
esac
# shellcheck source=/dev/null
source environment
PATH=$(dirname "$program"):$PATH
