#include "search_plan.hpp"

#include "network.hpp"
#include "search_command.hpp"
#include "train_command.hpp"

#include <colonnade/app/parse.hpp>
#include <colonnade/base/error.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/base/nearest.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/mpi/node_memory.hpp>
#include <colonnade/train/column_subset.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace colonnade::jobs {

using app::Arguments;
using base::Error;
using base::ErrorKind;
using train::Configuration;

namespace {

/// The options of train that may stand in --grid: those that decide what is trained.
std::vector<app::Option> grid_options() {
  const auto shared = app::alike(search_command(), train_command());
  auto options = train_command().options;
  std::erase_if(options, [&](const app::Option& option) {
    return option.name == "memory" ||
           std::find(shared.begin(), shared.end(), option) == shared.end();
  });
  return options;
}

std::vector<std::string> grid_keys() {
  std::vector<std::string> keys;
  for (const auto& option : grid_options()) keys.push_back(option.name);
  return keys;
}

void check_keys(const std::vector<train::SearchDimension>& space, const Arguments& arguments) {
  const auto keys = grid_keys();
  for (const auto& [key, form, values, low, high] : space) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      const auto meant = base::nearest(key, keys);
      throw Error(ErrorKind::usage, fmt::format("unknown option in --grid: {}", key),
                  {.hint = meant.empty() ? "options of train that decide its result can be searched"
                                         : fmt::format("did you mean {}?", meant)});
    }
    if (key == "epochs" && arguments.flag("halving"))
      throw Error(ErrorKind::usage, "--halving chooses the epochs itself",
                  {.hint = "leave epochs out of --grid, and give --epochs"});
  }
}

/// What is searched for, beside the options of train.
std::vector<std::string> names_of_search(const Arguments& arguments) {
  std::vector<std::string> names{"grid", "folds", "random"};
  if (arguments.has("random")) names.emplace_back("search-seed");
  names.emplace_back("halving");
  if (arguments.flag("halving")) names.emplace_back("halving-factor");
  for (const auto& key : grid_keys()) names.push_back(key);
  return names;
}

train::SearchOptions options_of(const Arguments& arguments, const std::string& content,
                                bool all_have_bf16) {
  train::SearchOptions options{{"DATA.h5", "content " + content}};
  for (const auto& name : names_of_search(arguments))
    options.emplace_back("--" + name, arguments.has(name) ? arguments.text(name) : "not given");
  options.emplace_back("what --precision auto takes", all_have_bf16 ? "bf16" : "fp32");
  return options;
}

/// Runs `work` for a configuration, which its usage errors then name.
template <typename Work>
auto for_configuration(const Configuration& configuration, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("with {}: {}", text_of(configuration), error.sentence()),
                error.facts());
  }
}

/// **Collective.** Of all columns but those of the test split, by group where the file knows
/// groups.
std::optional<train::Folds> folds_of(const Arguments& arguments, const mpi::Communicator& comm,
                                     const data::PreparedFile& file) {
  const std::int64_t count = arguments.integer("folds");
  if (count == 1) {
    mpi::agreed(comm, "options", [&] {
      if (file.split("validation").empty())
        throw Error(ErrorKind::usage,
                    "the prepared file has no validation split to compare configurations by",
                    {.value = "--folds 1", .hint = "use --folds 2 or more"});
    });
    return std::nullopt;
  }
  const auto columns = mpi::agreed(comm, "options", [&] {
    const auto training = file.split("train"), validation = file.split("validation");
    base::expects(training.end == validation.begin, "the validation split follows the training's");
    return mpi::Range{training.begin, validation.end};
  });
  const auto& groups = file.groups();
  if (groups.empty())
    return mpi::agreed(comm, "folds", [&] { return train::Folds(columns, count); });
  return train::folds_by_group(comm, columns, count, groups.count(), [&](mpi::Range own) {
    auto ids = file.source_columns(own);
    for (auto& id : ids) id = groups.of(id);
    return ids;
  });
}

/// The smallest training and the largest validation split of the folds, as columns of a source.
train::ColumnSource least_source(const SearchPlan& plan, train::ColumnSource source) {
  if (!plan.folds) return source;
  std::int64_t training = source.validation.end - source.train.begin, validation = 0;
  const std::int64_t all = training;
  for (std::int64_t fold = 0; fold < plan.fold_count; ++fold)
    validation = std::max(validation, train::columns_of(plan.folds->held_out(fold)));
  training = all - validation;
  source.train = {0, training};
  source.validation = {training, all};
  return source;
}

}  // namespace

std::string text_of(const Configuration& configuration) {
  std::string text;
  for (const auto& [key, value] : configuration)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", key, value);
  return text;
}

Arguments train_arguments(const Arguments& arguments, const Configuration& configuration,
                          const std::string& out) {
  auto values = configuration;
  values.emplace_back("out", out);
  return for_configuration(configuration, [&] {
    return app::derived(train_command(), search_command(), arguments, values);
  });
}

std::vector<Configuration> configurations_of(const Arguments& arguments) {
  const auto space = train::search_space(arguments.text("grid"));
  check_keys(space, arguments);
  auto configurations =
      arguments.has("random")
          ? train::draws_of(space, arguments.integer("random"),
                            static_cast<std::uint64_t>(arguments.integer("search-seed")))
          : train::grid_of(space);
  for (const auto& configuration : configurations)
    static_cast<void>(train_arguments(arguments, configuration, "best"));
  return configurations;
}

SearchPlan plan_search(const Arguments& arguments, const mpi::Communicator& comm,
                       const data::PreparedFile& file) {
  const bool all_have_bf16 = comm.min(nn::is_native(nn::Precision::bf16) ? 1 : 0) == 1;
  const std::int64_t free_bytes = mpi::memory_of_rank_bytes(comm);
  auto folds = folds_of(arguments, comm, file);
  return mpi::agreed(comm, "options", [&] {
    SearchPlan plan;
    plan.folds = std::move(folds);
    plan.configurations = configurations_of(arguments);
    plan.fold_count = arguments.integer("folds");
    plan.options = options_of(arguments, file.content(), all_have_bf16);
    const auto source = train::source_of(file);
    const auto count = static_cast<std::int64_t>(plan.configurations.size());
    const std::int64_t epochs = arguments.integer("epochs");
    plan.rungs = arguments.flag("halving")
                     ? train::halving(count, arguments.integer("halving-factor"), epochs)
                     : std::vector<train::Rung>{{count, epochs}};
    const std::int64_t memory = arguments.bytes("memory");
    for (const auto& configuration : plan.configurations) {
      const auto told = train_arguments(arguments, configuration, "best");
      for_configuration(configuration, [&] {
        auto config = config_from(told, source, precision_from(told, all_have_bf16),
                                  memory == 0 ? free_bytes : memory);
        config.objective =
            train::objective_of(objective_options(told, file.recipe()), file.recipe());
        plan.most_ranks = std::max(plan.most_ranks,
                                   mpi::pieces(config.batch / config.micro_batch, config.threads));
        plan.configs.push_back(std::move(config));
      });
    }
    const auto sizes = plan.team_sizes(count * plan.fold_count, comm.size());
    const auto least = least_source(plan, source);
    for (std::size_t i = 0; i < plan.configs.size(); ++i) {
      const auto memory = for_configuration(plan.configurations[i], [&] {
        return train::plan_memory(plan.configs[i], least, sizes.back());
      });
      if (memory.bytes > plan.memory.bytes) plan.memory = memory;
    }
    return plan;
  });
}

train::ColumnSource source_of_fold(const SearchPlan& plan, std::int64_t fold,
                                   const mpi::Communicator& comm,
                                   const train::ColumnSource& source) {
  if (!plan.folds) return source;
  return train::subset_of(comm, source, plan.folds->rest(fold), plan.folds->held_out(fold));
}

std::string best_ini(const Arguments& arguments, const Configuration& configuration) {
  return fmt::format(
      "# The best configuration of a search: {}\n{}", text_of(configuration),
      app::ini_of("train", grid_options(), train_arguments(arguments, configuration, "best")));
}

void print_plan(const SearchPlan& plan, const mpi::Communicator& comm,
                const data::PreparedFile& file) {
  fmt::print("# plan: {} configurations, {} folds\n", plan.configurations.size(), plan.fold_count);
  for (std::size_t i = 0; i < plan.configurations.size(); ++i)
    fmt::print("# configuration {}: {}\n", i + 1, text_of(plan.configurations[i]));
  if (plan.folds && !file.groups().empty()) fmt::print("# folds part no group of columns\n");
  for (std::int64_t fold = 0; fold < plan.fold_count; ++fold) {
    const auto held = plan.folds ? train::columns_of(plan.folds->held_out(fold))
                                 : file.split("validation").size();
    const auto rest =
        plan.folds ? train::columns_of(plan.folds->rest(fold)) : file.split("train").size();
    fmt::print("# fold {}: {} training and {} validation columns\n", fold + 1,
               base::human_count(rest), base::human_count(held));
  }
  fmt::print("# the largest trial has its {}\n", plan.memory.text());
  for (const auto& [configurations, epochs] : plan.rungs) {
    const std::int64_t trials = configurations * plan.fold_count;
    const auto sizes = plan.team_sizes(trials, comm.size());
    fmt::print("# {} trials of {} epochs, {} at a time, each on {}{} ranks\n", trials, epochs,
               sizes.size(), sizes.back(),
               sizes.front() > sizes.back() ? fmt::format(" or {}", sizes.front()) : "");
  }
}

}  // namespace colonnade::jobs
