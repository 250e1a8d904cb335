#include "io/flat_boxes.hpp"
#include "temporary_folder.hpp"

#include <colonnade/io/hdf5.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <gtest/gtest.h>

#include <numeric>

namespace colonnade::io {
namespace {

const std::vector<std::vector<hsize_t>> shapes{{13}, {3, 5}, {4, 1, 7}, {2, 3, 4, 5}, {1, 6, 2}};

std::int64_t values_of(const std::vector<hsize_t>& shape) {
  return std::accumulate(
      shape.begin(), shape.end(), std::int64_t{1},
      [](auto product, auto length) { return product * static_cast<std::int64_t>(length); });
}

/// The numbers of a box's values, in the order of the array.
std::vector<std::int64_t> numbers_of(const Box& box, const std::vector<hsize_t>& shape) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t number = 0; number < values_of(shape); ++number) {
    auto rest = static_cast<hsize_t>(number);
    bool is_inside = true;
    for (std::size_t axis = shape.size(); axis-- > 0; rest /= shape[axis]) {
      const hsize_t index = rest % shape[axis];
      is_inside =
          is_inside && index >= box.start[axis] && index < box.start[axis] + box.count[axis];
    }
    if (is_inside) numbers.push_back(number);
  }
  return numbers;
}

TEST(FlatBoxes, HoldTheRangeInOrderForEveryCut) {
  for (const auto& shape : shapes)
    for (std::int64_t begin = 0; begin <= values_of(shape); ++begin)
      for (std::int64_t end = begin; end <= values_of(shape); ++end) {
        std::vector<std::int64_t> found, expected(static_cast<std::size_t>(end - begin));
        std::iota(expected.begin(), expected.end(), begin);
        const auto boxes = flat_boxes({begin, end}, shape);
        for (const auto& box : boxes) {
          const auto numbers = numbers_of(box, shape);
          found.insert(found.end(), numbers.begin(), numbers.end());
        }
        ASSERT_EQ(found, expected) << begin << " to " << end;
        EXPECT_LE(boxes.size(), 2 * shape.size() - 1);
      }
  EXPECT_EQ(flat_boxes({0, 120}, shapes[3]).size(), 1U);
  EXPECT_THROW(static_cast<void>(flat_boxes({10, 14}, shapes[0])), std::logic_error);
}

/// Shares that are cut anywhere, in the middle of rows, and some of them empty.
mpi::Range share_of_rank(const mpi::Communicator& comm, std::int64_t count, std::int64_t shift) {
  const auto cut = [&](std::int64_t rank) {
    if (rank == 0) return std::int64_t{0};
    if (rank == comm.size()) return count;
    return std::min(count, (count * rank / comm.size() + shift) / (shift % 3 + 1));
  };
  return {cut(comm.rank()), cut(comm.rank() + 1)};
}

TEST(FlatRows, ComeBackWhereverTheyAreCut) {
  const mpi::Communicator comm;
  const test::TemporaryFolder folder;
  for (const auto& shape : shapes)
    for (const std::int64_t shift : {0, 1, 2, 5}) {
      const auto path = folder / "flat.h5";
      std::vector<Dimension> dimensions;
      for (const auto length : shape)
        dimensions.push_back(
            {"d" + std::to_string(dimensions.size()), static_cast<std::int64_t>(length)});
      mpi::agreed_on_root(comm, "create", [&] {
        auto file = Hdf5File::create(path);
        file.create_dataset<float>("x", dimensions);
        file.create_dataset<std::int32_t>("n", dimensions);
        file.create_dataset<std::int8_t>("b", dimensions);
        file.close();
      });
      const auto mine = share_of_rank(comm, values_of(shape), shift);
      std::vector<std::int32_t> numbers(static_cast<std::size_t>(mine.size()));
      std::iota(numbers.begin(), numbers.end(), static_cast<std::int32_t>(mine.begin));
      const std::vector<float> halves(numbers.begin(), numbers.end());
      const std::vector<std::int8_t> bytes(numbers.begin(), numbers.end());
      auto file = Hdf5File::open_collective(comm, path, Hdf5File::Access::write);
      file.write_flat<float>("x", mine, halves);
      file.write_flat<std::int32_t>("n", mine, numbers);
      file.write_flat<std::int8_t>("b", mine, bytes);
      EXPECT_TRUE(file.last_transfer_was_collective());
      file.close();
      const auto all = Hdf5File::open(path).read_all<std::int32_t>("n");
      std::vector<std::int32_t> expected(static_cast<std::size_t>(values_of(shape)));
      std::iota(expected.begin(), expected.end(), 0);
      EXPECT_EQ(all, expected);
      const auto x = Hdf5File::open(path).read_all<float>("x");
      EXPECT_EQ(std::vector<std::int32_t>(x.begin(), x.end()), expected);
      const auto b = Hdf5File::open(path).read_all<std::int8_t>("b");
      EXPECT_EQ(std::vector<std::int32_t>(b.begin(), b.end()), expected);
      comm.barrier();
    }
}

}  // namespace
}  // namespace colonnade::io
