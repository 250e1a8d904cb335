#include "train_command.hpp"

#include "network.hpp"

namespace colonnade::jobs {

namespace {

std::vector<app::Option> goal_options() {
  return {{.name = "activation",
           .value_name = "silu|relu|gelu|tanh",
           .fallback = "silu",
           .help = "the function between layers"},
          {.name = "loss",
           .value_name = "auto|mse|mae|huber|bce|cross-entropy",
           .fallback = "auto",
           .help = "of numbers mse, mae or huber (below 1 squared, above linear), the mean over "
                   "columns and targets of normalised values; of classes bce, binary "
                   "cross-entropy, where a column has any number of them, the mean over columns "
                   "and classes, and cross-entropy, of the softmax, where it has one, the mean "
                   "over columns. auto: mse, or what the classes want"},
          {.name = "class-weights",
           .value_name = "NAME=W,...|balanced",
           .help = "for bce factors of a class's loss where it is there, for cross-entropy of a "
                   "column's loss by its class (the sum is divided by the columns, not by their "
                   "weights); 1 for the others. balanced: by the classes' frequencies f in the "
                   "training split, (1-f)/f for bce, 1/(Kf) for cross-entropy of K classes, "
                   "within 0.01 and 100"},
          {.name = "target-weights",
           .value_name = "NAME=W,...",
           .help = "factors of targets in the loss, of all levels or some, as in "
                   "flux_dn_sw=2,flux_up_sw[0:40]=0.5; 1 for the others"},
          {.name = "weight-by",
           .value_name = "std|none",
           .fallback = "none",
           .help = "std: targets count by their scale (for mse its square), so that errors count "
                   "as in physical units; the mean weight is 1"},
          {.name = "heating-rate-weight",
           .value_name = "X",
           .fallback = "0",
           .help = "X times the mean loss of the heating rates in K d-1 is added: differences of "
                   "neighbouring half levels' net fluxes, at the training split's mean pressures "
                   "(evaluate takes each column's own)",
           .least = 0.0}};
}

std::vector<app::Option> step_options() {
  return {{.name = "optimizer",
           .value_name = "sgd|momentum|adam|adamw",
           .fallback = "adamw",
           .help = "the update, with PyTorch's constants"},
          {.name = "lr",
           .value_name = "X",
           .fallback = "1e-3",
           .help = "learning rate",
           .least = 1e-30},
          {.name = "schedule",
           .value_name = "constant|cosine|plateau",
           .fallback = "cosine",
           .help = "of the learning rate: cosine falls to zero with the last epoch, plateau halves "
                   "it after 5 epochs without a better validation loss"},
          {.name = "warmup",
           .value_name = "N",
           .fallback = "0",
           .help = "steps in which the learning rate rises to its full value",
           .least = 0.0},
          {.name = "weight-decay",
           .value_name = "X",
           .fallback = "0",
           .help = "decoupled for adamw, else added to the gradient",
           .least = 0.0},
          {.name = "clip",
           .value_name = "X",
           .fallback = "0",
           .help = "largest norm of a step's gradient; 0: any",
           .least = 0.0}};
}

std::vector<app::Option> run_options() {
  return {
      {.name = "out", .value_name = "RUN", .help = "the run directory", .required = true},
      {.name = "epochs",
       .value_name = "N",
       .fallback = "20",
       .help = "how often each column is seen",
       .least = 1.0},
      {.name = "patience",
       .value_name = "N",
       .fallback = "0",
       .help = "end after so many epochs without a better validation loss; 0: never",
       .least = 0.0},
      {.name = "seed",
       .value_name = "N",
       .fallback = "1",
       .help = "of the initial weights and the order of the columns",
       .least = 0.0},
      {.name = "memory",
       .value_name = "SIZE",
       .fallback = "0",
       .help =
           "memory that a rank may use; 0: four fifths of what its node has free, shared by the "
           "node's ranks. Columns that do not fit are streamed from DATA.h5, to the same "
           "weights",
       .least = 0.0}};
}

std::vector<app::Option> checkpoint_options() {
  return {{.name = "resume",
           .value_name = "auto|FILE",
           .help = "go on from a checkpoint: auto takes the newest whole one of RUN, and starts "
                   "anew if there is none; the options that decide the result must be those of the "
                   "checkpoint, but ranks and threads may differ"},
          {.name = "checkpoint-every",
           .value_name = "TIME|Nsteps",
           .fallback = "10min",
           .help = "a time, or a number of steps as in 500steps; 0: only at the end, and when "
                   "stopped"},
          {.name = "keep-checkpoints",
           .value_name = "N",
           .fallback = "3",
           .help = "older ones are removed",
           .least = 1.0},
          {.name = "hash-every",
           .value_name = "N",
           .fallback = "100",
           .help = "steps, besides the first, after which hashes of the batch's columns, the "
                   "gradient, the weights and the optimiser's state go to hashes.csv, for "
                   "colonnade diff, and the ranks' weights are compared; 0: none",
           .least = 0.0}};
}

}  // namespace

app::Command train_command() {
  app::Command command{
      .name = "train",
      .summary = "a prepared file to a trained network, the same bits on any number of ranks",
      .description =
          "Trains a multi-layer perceptron on the training split of a prepared file (flat layout). "
          "Each rank holds its share of the columns in memory; what exceeds --memory it reads anew "
          "in each epoch, four batches ahead. The batch and the micro-batch fix every "
          "sum: the weights are the same, to the bit, on any number of ranks and threads.\n\n"
          "RUN holds config.ini (resolved: give it to --config), metrics.csv (a line an epoch), "
          "tensorboard/ (the same as scalars), "
          "hashes.csv (a line every --hash-every steps), log.txt, model.h5 (the weights with the "
          "lowest validation loss, and all that inference "
          "needs; replaced whole at each better epoch), summary.json (what the run has come to, "
          "for "
          "colonnade runs), final.h5 (the last weights) and checkpoints/. "
          "Without a validation split the training loss decides.\n\n"
          "SIGTERM, SIGUSR1 or SIGINT to any one rank stops the run after the step under way: all "
          "ranks write a checkpoint and exit with 75. A second SIGINT ends at once. mpirun hands "
          "SIGUSR1 on to its ranks; at SIGTERM or SIGINT it gives them a second, then kills them. "
          "Under Slurm the run stops itself in time: when the job's time left falls below three "
          "checkpoints, a step and 30 s (or a quarter of its time, if that is less). A job with "
          "time "
          "for a single step ends with an error, lest it come back for ever. A run that was "
          "stopped or killed goes on with --resume auto, on any ranks and threads, to the same "
          "weights.\n\n"
          "A rank whose weights differ from the other ranks', found every --hash-every steps, "
          "after "
          "each epoch and before each checkpoint, ends the run with 70 and is named.",
      .files = {.usage = "DATA.h5", .help = "a file made by prepare", .least = 1, .most = 1},
      .options = {},
      .examples = {"mpirun -n 2 colonnade train columns.h5 --out run",
                   "colonnade train columns.h5 --out run --threads 2 --hidden 256,256 --loss mae "
                   "--batch 512 --epochs 60 --patience 10",
                   "srun colonnade train columns.h5 --out run --resume auto"}};
  for (const auto& group :
       {network_options(), goal_options(), step_options(), run_options(), checkpoint_options()})
    command.options.insert(command.options.end(), group.begin(), group.end());
  return command;
}

}  // namespace colonnade::jobs
