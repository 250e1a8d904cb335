#include <colonnade/app/job_end.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using colonnade::app::job_end;

namespace {

std::int64_t seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(job_end().value().time_since_epoch())
      .count();
}

class JobEnd : public testing::Test {
 protected:
  void SetUp() override {
    unsetenv("SLURM_JOB_END_TIME");
    unsetenv("SLURM_JOB_ID");
  }
};

}  // namespace

TEST_F(JobEnd, IsUnknownOutsideSlurm) {
  EXPECT_FALSE(job_end());
  setenv("SLURM_JOB_END_TIME", "soon", 1);
  EXPECT_FALSE(job_end());
}

TEST_F(JobEnd, StandsInTheEnvironment) {
  setenv("SLURM_JOB_END_TIME", "1790000000", 1);
  EXPECT_EQ(seconds(), 1790000000);
}

TEST_F(JobEnd, IsAskedOfSqueueByTheJobsNumberOnly) {
  std::string folder = std::filesystem::temp_directory_path() / "colonnade_squeue_XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/squeue") << "#!/bin/sh\n[ \"$*\" = '--noheader --jobs=41 --format=%e' ] "
                                       "&& [ \"$SLURM_TIME_FORMAT\" = %s ] && echo 1790000041\n";
  std::filesystem::permissions(folder + "/squeue", std::filesystem::perms::owner_all);
  const std::string path = std::getenv("PATH");
  setenv("PATH", (folder + ":" + path).c_str(), 1);
  setenv("SLURM_JOB_ID", "41", 1);
  EXPECT_EQ(seconds(), 1790000041);
  setenv("SLURM_JOB_ID", "42", 1);
  EXPECT_FALSE(job_end());
  setenv("SLURM_JOB_ID", "41; echo 1", 1);
  EXPECT_FALSE(job_end());
  setenv("PATH", path.c_str(), 1);
  std::filesystem::remove_all(folder);
}
