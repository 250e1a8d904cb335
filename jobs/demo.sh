#!/usr/bin/env bash
# The whole way once: installs what is missing, builds, makes columns, prepares them, trains an emulator of them, predicts
# with it and measures it. Under three minutes after the build, on two cores; 1 GB of disc.
#
#   jobs/demo.sh [--folder DIR] [--force] [--clean]
#
#   --folder DIR  where the columns, the prepared file and the run go [./demo]
#   --force       replace the folder of an earlier demo
#   --clean       remove that folder, and do nothing else
set -euo pipefail
exec </dev/null

folder=demo force=no clean=no
while (($# > 0)); do
  case $1 in
    --folder) folder=${2:?--folder needs a folder} && shift ;;
    --folder=*) folder=${1#*=} ;;
    --force) force=yes ;;
    --clean) clean=yes ;;
    --help | -h) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" && exit 0 ;;
    *) echo "demo.sh: unknown option $1; see demo.sh --help" >&2 && exit 2 ;;
  esac
  shift
done

# Only a folder that a demo made is ever removed.
mark=$folder/.made_by_demo
remove_folder() {
  if [[ -e $folder && ! -e $mark ]]; then
    echo "demo.sh: $folder was not made by a demo: remove it yourself, or choose another --folder" >&2
    exit 2
  fi
  rm -rf "$folder"
}

if [[ $clean == yes ]]; then
  remove_folder
  exit 0
fi
if [[ -e $folder && $force == no ]]; then
  echo "demo.sh: $folder exists: choose another --folder, or replace it with --force" >&2
  exit 2
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=jobs/packages.sh
source "$root/jobs/packages.sh"
install_packages "${build_packages[@]}"
(
  cd "$root"
  cmake --preset release
  cmake --build --preset release --parallel "$(nproc)" --target colonnade
)

remove_folder
mkdir -p "$folder"
touch "$mark"
ranks=$(($(nproc) < 2 ? 1 : 2))
settings=$root/jobs/3dcorrection.ini
export PATH=$root/build/release:$PATH

# run COMMAND...: under mpirun, shown before it starts.
run() {
  printf '\n$ mpirun -n %s --bind-to none colonnade %s\n' "$ranks" "$*"
  mpirun -n "$ranks" --bind-to none colonnade "$@"
}

SECONDS=0
run synth --columns 16384 --files 4 --out "$folder/columns"
run inspect "$folder"/columns/*.nc
run prepare "$folder"/columns/*.nc --out "$folder/columns.h5" --config "$settings"
run train "$folder/columns.h5" --out "$folder/run" --config "$settings" --epochs 40
columns=("$folder"/columns/*.nc)
run predict "$folder/run" "${columns[0]}" --out "$folder/predicted.nc"
run evaluate "$folder/run"
run report "$folder/run" --out "$folder/report.html"
printf '\nAll in %s s. Open %s/report.html; the emulator is %s/run/model.h5; jobs/demo.sh --clean removes the folder.\n' \
  "$SECONDS" "$folder" "$folder"
