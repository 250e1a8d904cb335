#include <colonnade/app/binding.hpp>

#include <gtest/gtest.h>

#include <regex>

using namespace colonnade;

TEST(Binding, KnowsTheCoresOfThisProcess) {
  const auto found = app::binding();
  EXPECT_GE(found.cores, 1);
  EXPECT_GE(found.of_machine, found.cores);
  EXPECT_TRUE(std::regex_match(found.list, std::regex(R"(\d+(-\d+)?(,\d+(-\d+)?)*)")))
      << found.list;
}

TEST(Binding, WarnsOnlyWhenThreadsShareCores) {
  EXPECT_EQ(app::binding_warning({.cores = 2, .list = "0-1", .of_machine = 8}, 2), "");
  EXPECT_EQ(app::binding_warning({.cores = 1, .list = "3", .of_machine = 8}, 4),
            "4 threads of a rank share 1 core (bound to 3); start with mpirun --bind-to none, or "
            "--map-by socket:PE=4");
  EXPECT_EQ(app::binding_warning({.cores = 2, .list = "0-1", .of_machine = 2}, 4),
            "4 threads of a rank share all 2 cores of this machine; use --threads 2");
}
