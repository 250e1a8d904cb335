"""spack repo add CHECKOUT/jobs/spack && spack install colonnade"""

import os

from spack.package import *


class Colonnade(CMakePackage):
    """Climate columns in NetCDF and HDF5 files to a trained, measured emulator, on any number of MPI ranks, with the same
    bits on every number of ranks and threads."""

    # The checkout that holds this recipe.
    git = "file://" + os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))

    version("main", branch="main")

    variant("fortran", default=True, description="Fortran module of the inference library")

    depends_on("cxx", type="build")
    depends_on("fortran", type="build", when="+fortran")
    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("hdf5@1.10:+mpi+hl")
    depends_on("netcdf-c@4.9:+mpi")
    depends_on("onednn@2:2 cpu_runtime=omp")
    depends_on("eigen@3.4:3")
    depends_on("boost@1.74:+program_options")
    depends_on("fmt@9:")
    depends_on("spdlog@1.10:")
    depends_on("nlohmann-json@3.11:")
    depends_on("xxhash@0.8:")
    depends_on("protobuf@3.21:")
    depends_on("onnx@1.12:")
    depends_on("gnuplot", type="run")
    depends_on("googletest", type=("build", "test"))
    depends_on("benchmark", type=("build", "test"))

    conflicts("%gcc@:11", msg="C++20 as g++ 12 knows it")

    def cmake_args(self):
        return [
            self.define("COLONNADE_TESTS", self.run_tests),
            self.define("COLONNADE_BENCHMARKS", self.run_tests),
        ]
