#include "search_command.hpp"

#include "train_command.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace colonnade::jobs {

namespace {

constexpr const char* description =
    "Trains a network for each configuration, which is a combination of the values in --grid, and "
    "for each fold of the columns. All columns that are not of the test split are cut into --folds "
    "folds: contiguous ranges of the shuffled columns or, where the prepared file knows groups "
    "(days, "
    "tiles), whole groups. A fold's loss is that of its columns after training on the other folds, "
    "after the best epoch, which is the one that train keeps. The normalisation is that of the "
    "prepared file. With --folds 1 each configuration is trained once, on the file's own training "
    "and validation splits.\n\n"
    "In --grid values stand between commas; those that hold commas themselves in parentheses: "
    "hidden=[(256,256),512]. Keys are options of train. With --random N so many configurations are "
    "drawn, from lists, lr=log(1e-4,1e-2) or dropout=uniform(0,0.5). --halving trains all of them "
    "with few epochs, and the best anew with --halving-factor times as many, up to --epochs. All "
    "other options are train's, given here, in section [search] or in section [train].\n\n"
    "SEARCH holds search.csv (a row a configuration: mean and standard deviation over the folds, "
    "each fold's loss, the rank, 1 the best; the same bytes on any number of ranks and threads), "
    "times.csv, best.ini (for train --config), search.ini (resolved: give it to --config), "
    "log.txt, trials.jsonl (what --resume "
    "goes on from) and, with --refit, best/: the run of train --config best.ini.\n\n"
    "Trials share the ranks: each has as many as there are for it, but no more than it has "
    "micro-batches. A trial whose numbers are no longer finite is written down as failed, and the "
    "others go on. SIGTERM, SIGUSR1 or SIGINT to any one rank, or the end of a Slurm job's time, "
    "stop the search with 75: trials that have ended are kept, those under way are done again by "
    "--resume auto. A trial that was under way twice when the job died is passed over as lost.";

/// Options of train that a search decides, or has no use for.
constexpr std::array<std::string_view, 5> trains_own{"out", "resume", "checkpoint-every",
                                                     "keep-checkpoints", "hash-every"};

std::vector<app::Option> own_options() {
  return {{.name = "grid",
           .value_name = "KEY=[V,V,...] ...",
           .help = "options of train and the values to try, as in \"hidden=[(256,256),512] "
                   "lr=[1e-3,3e-4]\"; with --random also lr=log(LOW,HIGH) and "
                   "dropout=uniform(LOW,HIGH)",
           .required = true},
          {.name = "out", .value_name = "SEARCH", .help = "the folder to write", .required = true},
          {.name = "folds",
           .value_name = "N",
           .fallback = "3",
           .help = "of cross-validation; 1: the file's own training and validation splits",
           .least = 1.0},
          {.name = "random",
           .value_name = "N",
           .help = "draws so many configurations, in place of all combinations",
           .least = 1.0},
          {.name = "search-seed",
           .value_name = "N",
           .fallback = "1",
           .help = "of the configurations that --random draws",
           .least = 0.0},
          {.name = "halving",
           .help = "successive halving: few epochs for all, more for the best of them"},
          {.name = "halving-factor",
           .value_name = "N",
           .fallback = "2",
           .help = "one of so many configurations goes on, with so many times the epochs",
           .least = 2.0},
          {.name = "refit", .help = "trains the best configuration at the end, into SEARCH/best"},
          {.name = "resume",
           .value_name = "auto",
           .help = "auto: goes on with the search in SEARCH, on any ranks and threads, or begins "
                   "it"}};
}

}  // namespace

app::Command search_command() {
  app::Command command{
      .name = "search",
      .summary = "trains many configurations with cross-validation, and finds the best",
      .description = description,
      .files = {.usage = "DATA.h5", .help = "a file made by prepare", .least = 1, .most = 1},
      .options = own_options(),
      .examples = {"mpirun -n 8 colonnade search columns.h5 --out search --grid \"hidden=[256,512] "
                   "lr=[1e-3,3e-4]\" --folds 3 --epochs 20",
                   "mpirun -n 8 colonnade search columns.h5 --out search --grid "
                   "\"hidden=[(256,256),512] lr=log(1e-4,1e-2)\" --random 30 --halving --refit",
                   "srun colonnade search columns.h5 --config job.ini --out search --resume auto",
                   "colonnade train columns.h5 --config search/best.ini --out run"},
      .base = "train"};
  for (const auto& option : train_command().options)
    if (std::find(trains_own.begin(), trains_own.end(), option.name) == trains_own.end())
      command.options.push_back(option);
  return command;
}

}  // namespace colonnade::jobs
