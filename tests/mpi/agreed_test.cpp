#include <colonnade/mpi/agreed.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <new>
#include <optional>
#include <string>

namespace colonnade::mpi {
namespace {

using base::Error;
using base::ErrorKind;

class AgreedTest : public testing::Test {
 protected:
  /// The error that this rank throws when the work fails on the ranks that `fails` names.
  template <typename Fails>
  [[nodiscard]] std::optional<AgreedError> error_where(Fails fails) const {
    try {
      agreed(comm_, "read", [&] {
        if (fails(comm_.rank()))
          throw Error(ErrorKind::data, "missing value",
                      {.file = "file " + std::to_string(comm_.rank()),
                       .variable = "q",
                       .column = column_of(comm_.rank()),
                       .value = "nan",
                       .hint = "drop it"});
      });
    } catch (const AgreedError& error) {
      return error;
    }
    return std::nullopt;
  }
  static std::int64_t column_of(int rank) { return (std::int64_t{1} << 40) + rank; }

  Communicator comm_;
};

TEST_F(AgreedTest, ReturnsTheResultOfEachRankWhenAllSucceed) {
  EXPECT_EQ(agreed(comm_, "work", [&] { return 10 * comm_.rank(); }), 10 * comm_.rank());
  EXPECT_FALSE(error_where([](int) { return false; }).has_value());
}

TEST_F(AgreedTest, OneFailingRankMakesAllThrowItsError) {
  for (const int failing : {0, comm_.size() / 2, comm_.size() - 1}) {
    const auto error = error_where([&](int rank) { return rank == failing; });
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->kind(), ErrorKind::data);
    EXPECT_EQ(error->sentence(), "missing value");
    EXPECT_EQ(error->facts().file, "file " + std::to_string(failing));
    EXPECT_EQ(error->facts().variable, "q");
    EXPECT_EQ(error->facts().column, column_of(failing));
    EXPECT_EQ(error->facts().value, "nan");
    EXPECT_EQ(error->facts().hint, "drop it");
    EXPECT_EQ(error->facts().phase, "read");
  }
}

TEST_F(AgreedTest, OfSeveralFailingRanksTheLowestSpeaks) {
  const int lowest = comm_.size() > 1 ? 1 : 0;
  const auto error = error_where([&](int rank) { return rank >= lowest; });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->facts().file, "file " + std::to_string(lowest));
}

TEST_F(AgreedTest, AnErrorWithoutAColumnStaysWithout) {
  try {
    agreed(comm_, "plan", [&] {
      if (comm_.rank() == comm_.size() - 1) throw Error(ErrorKind::usage, "wrong");
    });
    FAIL() << "the error was lost";
  } catch (const AgreedError& error) {
    EXPECT_FALSE(error.facts().column.has_value());
    EXPECT_STREQ(error.what(), "wrong");
    EXPECT_EQ(error.kind(), ErrorKind::usage);
  }
}

TEST_F(AgreedTest, NoMemoryIsAnErrorWithAHint) {
  try {
    agreed(comm_, "memory", [&] {
      if (comm_.rank() == comm_.size() - 1) throw std::bad_alloc();
    });
    FAIL() << "the error was lost";
  } catch (const AgreedError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::storage);
    EXPECT_EQ(error.sentence(), "out of memory");
    EXPECT_FALSE(error.facts().hint.empty());
  }
}

TEST_F(AgreedTest, OnRootRunsThereAloneAndAllHearOfItsFailure) {
  int ran = 0;
  agreed_on_root(comm_, "create", [&] { ran = 1; });
  EXPECT_EQ(ran, comm_.is_root() ? 1 : 0);
  EXPECT_THROW(agreed_on_root(comm_, "create", [] { throw Error(ErrorKind::storage, "refused"); }),
               AgreedError);
}

TEST_F(AgreedTest, TheCommunicatorIsFitForUseAfterAnError) {
  EXPECT_TRUE(error_where([&](int rank) { return rank == 0; }).has_value());
  EXPECT_EQ(comm_.sum(1), comm_.size());
}

}  // namespace
}  // namespace colonnade::mpi
