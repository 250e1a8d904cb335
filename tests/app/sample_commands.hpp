// Two commands with an option of every form.
#pragma once

#include <colonnade/app/command.hpp>

#include <vector>

namespace colonnade::app {

inline std::vector<Command> sample_commands() {
  const Command fit{
      .name = "fit",
      .summary = "fits a line",
      .description = "Reads points and fits a line through them.",
      .files = {.usage = "DATA...", .help = "files of points", .least = 1, .most = 9},
      .options = {{.name = "out", .value_name = "DIR", .help = "folder to write", .required = true},
                  {.name = "hidden", .value_name = "N,N,...", .fallback = "512,512", .least = 1},
                  {.name = "split", .value_name = "X,X,...", .fallback = "0.8,0.1,0.1", .least = 0},
                  {.name = "lr", .value_name = "X", .fallback = "0.001", .help = "learning rate"},
                  {.name = "epochs", .value_name = "N", .fallback = "10", .least = 1},
                  {.name = "seed", .value_name = "N"},
                  {.name = "memory", .value_name = "SIZE", .fallback = "4G"},
                  {.name = "every", .value_name = "TIME", .fallback = "10min"},
                  {.name = "normalize", .value_name = "zscore|minmax|none", .fallback = "zscore"},
                  {.name = "resume", .value_name = "auto|FILE"},
                  {.name = "inputs", .value_name = "NAMES"},
                  {.name = "no-shuffle", .help = "keep the order"}},
      .examples = {"colonnade fit points.nc --out line"}};
  const Command draw{.name = "draw",
                     .summary = "draws a line",
                     .options = {{.name = "width", .value_name = "X", .fallback = "1"}}};
  return {fit, draw};
}

}  // namespace colonnade::app
