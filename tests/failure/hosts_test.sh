#!/usr/bin/env bash
# hosts_test.sh PROGRAM MPIEXEC: prepare and train over three hosts (network namespaces) that share nothing but the files
# and MPI's TCP: the same content and weights as on one. A short outage changes nothing; a host that is cut off, or a dead
# network between the ranks, ends the job in time with a message, leaves no process anywhere, and the resume ends in the same
# weights. Exit code 77, with the reason, where namespaces cannot be made.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/small_run.sh
source "$here/../small_run.sh"
# shellcheck source=tests/failure/hosts.sh
source "$here/hosts.sh"
PATH=$PATH:/usr/sbin:/sbin
trap 'hosts_down; rm -rf "$folder"' EXIT
if ! (hosts_up) 2>why.txt; then
  echo "NOT SHOWN: several hosts; network namespaces cannot be made (root and iproute2 are needed): $(head -n 1 why.txt)"
  exit 77
fi
write_agent agent

options=(train data.h5 --hidden 16 --batch 175 --micro-batch 25 --epochs 400 --quiet --checkpoint-every 7steps)
steps=1600

prepare_columns --select temperature_hl
content=$(grep '^content' out.txt)
run 1 "${options[@]}" --out golden
check "the golden run ends" "$code" 0
golden=$(weights)
check "one host gives both hashes" "$(grep -cE '^(content|weights) [0-9a-f]{16}$' <<<"$content"$'\n'"$golden")" 2
check "its steps" "$(tail -n 1 golden/metrics.csv | cut -d, -f2)" "$steps"

# 59 tiles of parameters: over hosts their gradient goes in several buckets.
several=(train data.h5 --hidden 256,256 --batch 175 --micro-batch 25 --epochs 3 --hash-every 1 --quiet)
run 1 "${several[@]}" --out several
check "the golden run of several buckets ends" "$code" 0

# on_hosts HOSTS...: where `run` starts ranks from now on, with mpirun on the first host. Its daemons find a host lost when
# two probes, a second apart, stay without an answer after two seconds of silence.
on_hosts() {
  local list
  list=$(printf ',10.173.0.%s:2' "$@")
  launch=("$folder/agent" "10.173.0.$1" exec "$mpiexec" --allow-run-as-root --host "${list:1}"
    --map-by node --bind-to none --mca plm_rsh_agent "$folder/agent" --mca pml ob1 --mca btl "tcp,self"
    --mca btl_tcp_if_include 10.173.1.0/24 --mca oob_tcp_if_include 10.173.0.0/24 --mca mpi_yield_when_idle 1
    --mca oob_tcp_keepalive_time 2 --mca oob_tcp_keepalive_intvl 1 --mca oob_tcp_keepalive_probes 2)
}

# started OPTIONS...: trains over three hosts; returns in the middle of the run.
started() {
  rm -rf run
  timeout 60 "${launch[@]}" -n 3 "$program" "${options[@]}" --out run "$@" >out.txt 2>all.txt </dev/null &
  job=$!
  for _ in {1..400}; do
    if [[ -s run/metrics.csv ]] && (($(wc -l <run/metrics.csv) > 20)); then break; fi
    sleep 0.05
  done
  check "$*: training is under way" "$(jobs -r | wc -l) $(compgen -G run/metrics.csv)" "1 run/metrics.csv"
}

# ended WHAT MESSAGE: the job, as it should when a link is down; two halves that do not hear each other may both say so.
ended() {
  local begin=$SECONDS host
  wait "$job"
  code=$?
  check "$1: within ten seconds" "$((SECONDS - begin <= 10))" 1
  check "$1: an error's code, not that of a time that ran out" "$((code != 0 && code != 124))" 1
  check "$1: message" "$(grep -cE "$2" all.txt | sed 's/^2$/1/')" 1
  check "$1: in the middle of the run" "$(($(wc -l <run/metrics.csv) < 400))" 1
  for host in "${hosts[@]}"; do
    for _ in {1..50}; do (($(ip netns pids "$space-$host" | wc -l) == 0)) || sleep 0.1; done
    check "$1: processes that stayed on host $host" "$(ip netns pids "$space-$host" | xargs -r ps -o args= -p)" ""
  done
}

# same WHAT RUN: the run that has just ended equals the golden one.
same() {
  check "$1: code" "$code" 0
  check "$1: weights" "$(weights)" "$golden"
  check "$1: metrics" "$(losses "$2")" "$(losses golden)"
}

on_hosts 1 2 3
for ranks in 3 5; do
  before=$(sent_bytes 3 1)
  run "$ranks" prepare raw/*.nc --out "hosts-$ranks.h5" --select temperature_hl --quiet
  check "content on three hosts, $ranks ranks" "$(grep '^content' out.txt)" "$content"
  run "$ranks" "${options[@]}" --out "run-$ranks"
  same "three hosts, $ranks ranks" "run-$ranks"
  sent=$(($(sent_bytes 3 1) - before))
  echo "$ranks ranks: the third host sent $((sent / steps)) bytes a step"
  check "$ranks ranks: gradients go over the network" "$((sent / steps > 20000))" 1
  run "$ranks" "${several[@]}" --threads $((ranks - 2)) --out "several-$ranks"
  check "several buckets, $ranks ranks: code" "$code" 0
  check "several buckets, $ranks ranks: hashes" "$(cmp several/hashes.csv "several-$ranks/hashes.csv" 2>&1)" ""
done

started
link down 3 0 1
sleep 0.5
link up 3 0 1
wait "$job"
code=$?
same "an outage of half a second" run

started
link down 3 0 1
ended "a host is cut off" "ORTE has lost communication with a remote daemon"
on_hosts 1 2
run 3 "${options[@]}" --out run --resume auto
check "resumed on the two hosts left" "$(grep -c 'info resumed at epoch' run/log.txt)" 1
same "resumed on the two hosts left" run
link up 3 0 1

on_hosts 1 2 3
started --watchdog 3
link down 2 1
ended "no network between the ranks" "^colonnade: error: no progress for 3 s: .*rank.* waiting in phase .*; the job ends"
check "no network between the ranks: the watchdog's code" "$code" 70
link up 2 1
run 5 "${options[@]}" --out run --resume auto
check "resumed with the link up" "$(grep -c 'info resumed at epoch' run/log.txt)" 1
same "resumed with the link up" run

end_checks 47
