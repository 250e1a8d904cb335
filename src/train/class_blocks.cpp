#include <colonnade/train/class_blocks.hpp>
#include <colonnade/train/class_decisions.hpp>
#include <colonnade/train/keyed_rows.hpp>

namespace colonnade::train {

namespace {

/// A row: columns, those of which every class is right, then these of each class.
enum Field : std::size_t { hits, predicted_yes, members, fields };
constexpr std::size_t first_class = 2;

std::size_t width_of(std::size_t classes) {
  return first_class + classes * fields;
}

}  // namespace

ClassBlocks::ClassBlocks(const mpi::Communicator& comm, mpi::Range sources,
                         std::int64_t block_columns, std::size_t classes)
    : comm_(comm),
      sources_(sources),
      block_columns_(block_columns),
      classes_(classes),
      fold_(comm, mpi::pieces(sources.size(), block_columns), width_of(classes), add_row) {}

void ClassBlocks::add_round(std::span<const std::int64_t> sources, std::span<const float> truth,
                            std::span<const std::int8_t> predicted) {
  std::vector<std::int64_t> blocks;
  for (const auto source : sources) blocks.push_back((source - sources_.begin) / block_columns_);
  KeyedRows rows(blocks, width_of(classes_));
  for (std::size_t column = 0; column < sources.size(); ++column) {
    const auto row = rows.of_column(column);
    bool is_exact = true;
    for (std::size_t c = 0; c < classes_; ++c) {
      const auto of = row.subspan(first_class + c * fields, fields);
      const bool is = truth[column * classes_ + c] != 0.0F;
      const bool said = predicted[column * classes_ + c] != 0;
      of[hits] += is && said ? 1.0 : 0.0;
      of[predicted_yes] += said ? 1.0 : 0.0;
      of[members] += is ? 1.0 : 0.0;
      is_exact = is_exact && is == said;
    }
    row[0] += 1.0;
    row[1] += is_exact ? 1.0 : 0.0;
  }
  fold_.add_round(rows.keys(), rows.rows());
}

ClassBootstrap ClassBlocks::result(const BootstrapOptions& options) const {
  const auto found = resample(
      comm_, fold_.result(), width_of(classes_), options, [&](std::span<const double> sums) {
        double f1 = 0.0;
        for (std::size_t c = 0; c < classes_; ++c) {
          const auto of = sums.subspan(first_class + c * fields, fields);
          f1 += skill_of(of[hits], of[predicted_yes], of[members]).f1;
        }
        return std::vector<double>{sums[1] / sums[0], f1 / static_cast<double>(classes_)};
      });
  ClassBootstrap bootstrap{.options = options,
                           .blocks = found.blocks,
                           .accuracy = found.intervals[0],
                           .macro_f1 = found.intervals[1]};
  bootstrap.options.block_columns = block_columns_;
  return bootstrap;
}

}  // namespace colonnade::train
