#!/usr/bin/env bash
# file_calls.sh PROGRAM [RANKS[,RANKS...]]: how often the ranks of prepare, train and predict open and read their input files,
# counted by strace, for growing numbers of ranks (1,2,4,8,16,32,64). A read is bulk when it asks for 4 KiB or more. Prints, for
# each command and count: opens and small reads of rank 0, the most of any other rank, bulk reads of all, and their mean size.
set -uo pipefail

program=$(realpath "${1:?usage: file_calls.sh PROGRAM [RANKS,...]}")
IFS=, read -ra counts <<<"${2:-1,2,4,8,16,32,64}"
command -v strace >/dev/null || { echo "strace is needed (apt install strace)"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
export OMPI_MCA_mpi_yield_when_idle=1

launch() { mpirun --oversubscribe --allow-run-as-root --bind-to none -n "$1" "${@:2}"; }
quietly() { "$@" >log.txt 2>&1 || { cat log.txt; exit 1; }; }
quietly "$program" synth --columns 8192 --files 2 --out raw --quiet
quietly "$program" prepare raw/*.nc --out data.h5 --shard 32 --quiet
quietly "$program" train data.h5 --out run --hidden 16 --batch 4096 --micro-batch 32 --epochs 1 --quiet

# traced RANKS INPUT COMMAND...: a line of the table, of the calls on files whose path holds INPUT.
traced() {
  rm -f calls.*
  # shellcheck disable=SC2016
  quietly launch "$1" bash -c 'exec strace -f -qq -y --seccomp-bpf -e trace=openat,read,pread64,readv,preadv \
    -o "calls.$OMPI_COMM_WORLD_RANK" "$@"' bash "$program" "${@:3}"
  for file in calls.*; do
    awk -v rank="${file#calls.}" -v input="$2" '
      !index($0, input) { next }
      / openat\(.* = [0-9]+</ { ++opens; next }
      / (p?read(64|v)?)\(/ && match($0, /= [0-9]+$/) { bytes = substr($0, RSTART + 2) + 0; if (bytes < 4096) ++small; else { ++bulk; sum += bytes } }
      END { print rank, opens + 0, small + 0, bulk + 0, sum + 0 }' "$file"
  done | awk -v ranks="$1" -v command="$3" '
    $1 == 0 { opens = $2; small = $3 }
    $1 > 0 { if ($2 > most_opens) most_opens = $2; if ($3 > most_small) most_small = $3 }
    { bulk += $4; bytes += $5 }
    END { printf "%-8s %5d %8d %8d %12d %12d %8d %10.0f\n", command, ranks, opens, small, most_opens, most_small, bulk, bulk ? bytes / bulk / 1024 : 0 }'
}

printf '%-8s %5s %8s %8s %12s %12s %8s %10s\n' command ranks opens_0 small_0 opens_other small_other bulk mean_KiB
for ranks in "${counts[@]}"; do
  traced "$ranks" "$folder/raw/" prepare raw/*.nc --out out.h5 --shard 32 --no-verify --force --quiet
  traced "$ranks" "$folder/data.h5" train data.h5 --out traced --hidden 16 --batch 4096 --micro-batch 32 --epochs 1 --force --quiet
  traced "$ranks" "$folder/raw/" predict run raw/*.nc --out out.nc --force --quiet
done
