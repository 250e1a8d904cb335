#include <colonnade/base/copy_rows.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace colonnade::base {
namespace {

std::byte byte_of(std::size_t row, std::size_t at) {
  return static_cast<std::byte>(1 + (row * 131 + at * 7) % 251);
}

class CopyRows : public testing::TestWithParam<std::size_t> {};

TEST_P(CopyRows, PutsEveryByteOfEveryRowInItsPieceAndNoOther) {
  const std::size_t rows = GetParam();
  for (const std::size_t bytes : {1U, 63U, 64U, 65U, 200U, 1024U})
    for (const std::size_t piece : {64U, 96U, 2048U}) {
      std::vector<std::vector<std::byte>> sources(rows);
      std::vector<const std::byte*> addresses;
      for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t at = 0; at < bytes; ++at) sources[row].push_back(byte_of(row, at));
        addresses.push_back(sources[row].data());
      }
      const std::size_t row_stride = std::min(piece, bytes) + 3,
                        piece_stride = rows * row_stride + 5, pieces = (bytes + piece - 1) / piece;
      std::vector<std::byte> copied(pieces * piece_stride);
      copy_rows(addresses, {.row_bytes = bytes,
                            .piece_bytes = piece,
                            .to = copied.data(),
                            .row_stride = row_stride,
                            .piece_stride = piece_stride});
      std::size_t found = 0;
      for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t at = 0; at < bytes; ++at) {
          const std::size_t place = at / piece * piece_stride + row * row_stride + at % piece;
          ASSERT_EQ(copied[place], byte_of(row, at)) << rows << " rows of " << bytes << ", " << row;
          copied[place] = std::byte{0};
          ++found;
        }
      EXPECT_EQ(found, rows * bytes);
      for (const std::byte left : copied) ASSERT_EQ(left, std::byte{0});
    }
}

INSTANTIATE_TEST_SUITE_P(Counts, CopyRows, testing::Values(0U, 1U, 7U, 8U, 9U, 19U));

}  // namespace
}  // namespace colonnade::base
