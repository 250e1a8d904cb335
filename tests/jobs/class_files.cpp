// class_files FOLDER one|many: a model of classes whose outputs are its inputs, and a prepared file
// for it, in FOLDER.
#include "train/class_samples.hpp"

#include <colonnade/data/prepared_writer.hpp>
#include <colonnade/mpi/session.hpp>

#include <string_view>

using namespace colonnade;
using namespace colonnade::train::samples;

namespace {

void write_data(const mpi::Communicator& comm, const std::string& path, Kind kind) {
  const auto recipe = class_recipe(kind);
  const std::int64_t columns = class_test.end;
  const data::PreparedPlan plan{
      .columns = columns,
      .splits = {{"train", class_training}, {"validation", class_validation}, {"test", class_test}},
      .groups = {},
      .provenance = {}};
  const auto sink = data::make_hdf5_sink(comm, path, plan, recipe);
  std::vector<std::vector<std::uint64_t>> hashes(2);
  std::vector<std::uint64_t> shards(
      static_cast<std::size_t>(mpi::pieces(columns, plan.shard_columns)));
  std::vector<std::int64_t> sources;
  std::uint64_t all = 0;
  for (std::size_t array = 0; array < 2; ++array) {
    std::vector<float> rows;
    for (std::int64_t column = 0; column < columns; ++column) {
      for (std::size_t c = 0; c < class_count; ++c)
        rows.push_back(array == 0                 ? logit(kind, column, c)
                       : belongs(kind, column, c) ? 1.0F
                                                  : 0.0F);
      const auto hash =
          data::row_hash(array, column, column, std::span<const float>(rows).last(class_count));
      hashes[array].push_back(hash);
      shards[static_cast<std::size_t>(column / plan.shard_columns)] += hash;
      all += hash;
      if (array == 0) sources.push_back(column);
    }
    sink->write_rows(array, {0, columns}, rows);
  }
  sink->write_labels({0, columns}, sources, hashes);
  sink->finish(recipe, shards, data::content_hash(all, recipe, plan.splits, plan.groups));
}

}  // namespace

int main(int argc, char** argv) {
  const mpi::Session session(argc, argv);
  const mpi::Communicator comm;
  const std::string folder = argv[1];
  const Kind kind = std::string_view(argv[2]) == "one" ? Kind::one : Kind::many;
  auto model = class_model(kind);
  model.provenance = R"({"data": ")" + folder + R"(/data.h5"})";
  train::write_model(comm, folder + "/model.h5", model);
  write_data(comm, folder + "/data.h5", kind);
}
