#!/usr/bin/env bash
# shaped_links.sh PROGRAM [RATES [HOSTS [options of colonnade scale]]]: the cost model of `colonnade scale` beside real runs over
# hosts (network namespaces, Open MPI over TCP between them) whose links are shaped to RATES (100mbit,1gbit,10gbit), on
# 1, 2, 4, ... HOSTS (8) ranks, one a host. Needs root and iproute2. All hosts share the processors of this machine, which the
# model knows, so a small batch is trained: the network decides. Prints what plain streams pass, each run's tables and, last, model
# and measurement.
# With overlap_bench as PROGRAM, runs that on HOSTS instead, at each of the RATES.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${1:?usage: shaped_links.sh PROGRAM [RATES [HOSTS [options]]]}")
IFS=, read -ra rates <<<"${2:-100mbit,1gbit,10gbit}"
count=${3:-8}
options=("${@:4}")
# shellcheck source=tests/failure/hosts.sh
source "$here/../tests/failure/hosts.sh"
mapfile -t hosts < <(seq "$count")
PATH=$PATH:/usr/sbin:/sbin
folder=$(mktemp -d)
trap 'hosts_down; rm -rf "$folder"' EXIT
cd "$folder" || exit 1
if ! hosts_up; then
  echo "network namespaces cannot be made here: root and iproute2 are needed"
  exit 77
fi
write_agent agent

# shape RATE: what a host sends, and what the switch sends to it. A bucket of 0.25 ms or a few packets, lest messages of its size
# pass at once; a queue that loses nothing, as in the networks of clusters.
shape() {
  local host bits burst
  case $1 in
    *gbit) bits=$((${1%gbit} * 1000000000)) ;;
    *mbit) bits=$((${1%mbit} * 1000000)) ;;
    *) echo "a rate is written as 100mbit or 1gbit, and this is $1" && return 2 ;;
  esac
  burst=$((bits / 32000 > 6000 ? bits / 32000 : 6000))
  for host in "${hosts[@]}"; do
    tc -n "$space-$host" qdisc replace dev eth1 root tbf rate "$1" burst "$burst" limit 32mb &&
      tc -n "$space-switch" qdisc replace dev "port1-$host" root tbf rate "$1" burst "$burst" limit 32mb || return
  done
}

list=$(printf ',10.173.0.%s:1' "${hosts[@]}")
# on_hosts PROGRAM [ARGUMENTS]: one rank a host.
on_hosts() {
  timeout 300 ./agent 10.173.0.1 exec "$(command -v mpirun)" --allow-run-as-root --host "${list:1}" --map-by node \
    --bind-to none --mca plm_rsh_agent "$folder/agent" --mca pml ob1 --mca btl "tcp,self" \
    --mca btl_tcp_if_include 10.173.1.0/24 --mca oob_tcp_if_include 10.173.0.0/24 --mca mpi_yield_when_idle 1 \
    -n "$count" "$@" </dev/null
}

# What the links pass without MPI, with messages as large as a step's.
plain_streams() {
  local host
  for host in "${hosts[@]:1}"; do
    timeout 120 ip netns exec "$space-$host" "$here/plain_streams.py" "$host" "$count" "$1" &
  done
  timeout 120 ip netns exec "$space-1" "$here/plain_streams.py" 1 "$count" "$1"
  wait
}

if [[ $(basename "$program") == overlap_bench ]]; then
  for rate in "${rates[@]}"; do
    shape "$rate" && echo "== links of $rate, $count hosts" && on_hosts "$program" || exit
  done
  exit
fi

# What the options given overrule.
printf '%s\n' '[scale]' 'hidden = 100,100,100' 'batch = 64' 'micro-batch = 8' 'mode = strong' >scale.ini
alone() { mpirun --allow-run-as-root --oversubscribe --bind-to none -n 2 "$program" "$@" --quiet >log.txt 2>&1 || cat log.txt; }
alone synth --columns 2560 --out raw
alone prepare raw/*.nc --out data.h5

for rate in "${rates[@]}"; do
  shape "$rate" || exit
  echo "== links of $rate"
  plain_streams 1
  on_hosts "$program" scale "$folder/data.h5" --config "$folder/scale.ini" --out "$folder/$rate.csv" --quiet "${options[@]}" || exit
done

echo
echo "rate mode ranks model_ms measured_ms error_percent"
for rate in "${rates[@]}"; do
  awk -F, -v rate="$rate" '
    NR == 1 { for (i = 1; i <= NF; ++i) at[$i] = i }
    $1 == "measured" { measured[$2 " " $3] = $at["step_s"] }
    $1 == "model" && ($2 " " $3) in measured {
      seen = measured[$2 " " $3]
      printf "%s %s %d %.2f %.2f %+.0f\n", rate, $2, $3, 1e3 * $at["step_s"], 1e3 * seen, 100 * ($at["step_s"] / seen - 1)
    }' "$rate.csv"
done
