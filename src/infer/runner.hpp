#pragma once

#include <colonnade/base/aligned.hpp>

#include <infer/model.hpp>
#include <infer/network.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace colonnade::infer {

/// A host's array: value (column c, level l) is data[c * column_stride + l * level_stride].
template <typename Value>
struct Field {
  Value* data;
  std::int64_t columns, levels, column_stride, level_stride;
};

/// Runs a model over blocks of columns, for one thread at a time; see colonnade_infer.h.
class Runner {
 public:
  /// Throws a usage error if `most_columns` is no number of columns.
  Runner(std::shared_ptr<const Model> model, std::int64_t most_columns);

  /// Throws a usage error on too many columns, a data error on other levels than the model's.
  template <typename Value>
  void set_input(std::string_view name, const Field<const Value>& field);
  /// Throws a data error naming an input that was not set, a numeric error naming the first input
  /// that is NaN or the first output that is not finite.
  void run(std::int64_t columns);
  /// Throws a usage error if the last run has no such output, or not so many columns.
  template <typename Value>
  void get_output(std::string_view name, const Field<Value>& field) const;

 private:
  void expect_set(std::int64_t columns) const;
  void encode(std::int64_t columns);

  std::shared_ptr<const Model> model_;
  std::int64_t most_columns_;
  data::RowEncoder encoder_, decoder_;
  Network network_;
  base::AlignedBuffer<float> x_, y_;
  std::vector<std::int64_t> set_columns_;  ///< of each input since the last run, -1 for none
  std::int64_t run_columns_ = 0;
};

}  // namespace colonnade::infer
