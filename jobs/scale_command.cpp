#include "scale_command.hpp"

#include "network.hpp"

namespace colonnade::jobs {

app::Command scale_command() {
  app::Command command{
      .name = "scale",
      .summary = "how training scales: throughput and where the time goes, on 1, 2, 4, ... ranks",
      .description =
          "Started once, with the largest number of ranks. For each count of --ranks the first so "
          "many train on columns of DATA.h5, with AdamW, while the others sleep. The counts are "
          "measured in turn, --repeats rounds after a first that is not counted; a run takes about "
          "a second after warming up. strong: the same batch on all counts, whose weights must be "
          "the same to the bit after as many steps. weak: --batch belongs to the first count, and "
          "grows with the ranks.\n\n"
          "The table has the mean and the range of columns/s; the efficiency, columns/s a rank "
          "beside the first count's; and the milliseconds of a step, as means over the ranks: "
          "input (gathering rows), compute, idle (waiting for the rank with the most work), sum "
          "(adding gradients), messages (all that no work hides, and the jitter of single steps), "
          "optimiser, and the rest. At most --batch / --micro-batch threads, over all ranks, share "
          "a step; further ones are idle.\n\n"
          "From the first count's times, messages between rank 0 and the last, and timed "
          "additions follows a model of the step on 1, 2, 4, ... --predict ranks, printed beside "
          "what was "
          "measured: micro-batches in turn, n bytes in latency + n / bandwidth, what each rank "
          "sends to each other rank in the gradient sum, and the ring that shares the weights. It "
          "knows nothing of contention between the nodes, of several ranks on one link, or of the "
          "processor time of messages. Measure with each node full.",
      .files = {.usage = "DATA.h5", .help = "a file made by prepare", .least = 1, .most = 1},
      .options = {{.name = "ranks",
                   .value_name = "N,N,...",
                   .help = "the counts of ranks; by default 1, 2, 4, ... and all",
                   .least = 1.0},
                  {.name = "mode",
                   .value_name = "strong|weak|both",
                   .fallback = "both",
                   .help = "the same batch on all counts, or a batch that grows with the ranks"},
                  {.name = "repeats",
                   .value_name = "N",
                   .fallback = "3",
                   .help = "measured runs of each count",
                   .least = 1.0},
                  {.name = "predict",
                   .value_name = "N",
                   .fallback = "4096",
                   .help = "ranks to which the model goes; 0: no model",
                   .least = 0.0},
                  {.name = "out",
                   .value_name = "FILE",
                   .fallback = "scaling.csv",
                   .help = "the same numbers as CSV, times in seconds"}},
      .examples = {"mpirun -n 8 colonnade scale columns.h5",
                   "srun -n 64 colonnade scale columns.h5 --ranks 1,8,64 --mode weak --batch 2048 "
                   "--threads 4"}};
  const auto network = network_options();
  command.options.insert(command.options.end(), network.begin(), network.end());
  return command;
}

}  // namespace colonnade::jobs
