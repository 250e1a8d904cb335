# shellcheck shell=bash
# Sourced by demo.sh and tests/run.sh: installs what is missing, and settles how mpirun starts here.

# shellcheck disable=SC2034  # for those who source it
build_packages=(g++ gfortran cmake ninja-build pkg-config libopenmpi-dev openmpi-bin libhdf5-openmpi-dev libhdf5-dev libnetcdf-mpi-dev
  libeigen3-dev libdnnl-dev libboost-program-options-dev libgtest-dev libbenchmark-dev libfmt-dev libspdlog-dev
  nlohmann-json3-dev libxxhash-dev libprotobuf-dev protobuf-compiler libonnx-dev gnuplot-nox)
# shellcheck disable=SC2034
test_packages=(python3-numpy python3-xarray python3-h5py python3-netcdf4 python3-dask python3-onnx python3-sklearn python3-pandas
  hdf5-tools netcdf-bin iproute2)
# shellcheck disable=SC2034
slurm_packages=(slurmctld slurmd slurm-client munge)

# install_packages NAMES...: with apt-get as root or by sudo without a password; else names what is missing. Never fails:
# CMake says what it cannot do without.
install_packages() {
  if ! command -v dpkg-query apt-get >/dev/null; then
    echo "Not a Debian system: these packages, or what they are called here, are needed: $*" >&2
    return 0
  fi
  local package missing=() as_root=()
  for package in "$@"; do
    if [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      missing+=("$package")
    fi
  done
  if ((${#missing[@]} == 0)); then return 0; fi
  if (($(id -u) != 0)); then
    if ! sudo -n true 2>/dev/null; then
      echo "These packages are missing, and only root can install them: ${missing[*]}" >&2
      return 0
    fi
    as_root=(sudo -n)
  fi
  echo "Installing ${missing[*]}"
  "${as_root[@]}" apt-get -q update </dev/null || echo "The list of packages could not be renewed." >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}" \
    </dev/null || echo "Not all of these packages could be installed: ${missing[*]}" >&2
}

# Root in a container, and more ranks than cores, are refused otherwise.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
