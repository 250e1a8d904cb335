// What a run leaves besides its tables and checkpoints.
#include "jobs.hpp"
#include "train_run.hpp"

#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/nn/batch_norm.hpp>
#include <colonnade/train/model_file.hpp>
#include <colonnade/train/provenance.hpp>
#include <colonnade/train/run_summary.hpp>

#include <filesystem>

namespace colonnade::jobs {

void TrainRun::write_model(const char* name, const train::BestModel& model) const {
  const auto provenance = train::provenance_of(plan_.config_ini, file_, model.report, model.weights,
                                               plan_.config.precision, versions());
  train::write_model(comm_, directory_.file(name),
                     {.shape = nn::folded(plan_.config.shape),
                      .recipe = file_.recipe(),
                      .weights = model.weights,
                      .provenance = provenance});
}

void TrainRun::write_summary(const std::string& status, const std::string& weights) {
  mpi::agreed_on_root(comm_, "summary", [&] {
    if (best_.report.epoch == 0) return;
    const train::RunSummary summary{.status = status,
                                    .config_ini = plan_.config_ini,
                                    .data = std::filesystem::absolute(file_.path()),
                                    .data_content = file_.content(),
                                    .shape = nn::folded(plan_.config.shape),
                                    .best = best_,
                                    .last = last_,
                                    .weights = weights,
                                    .metrics = directory_.tables().metrics,
                                    .seconds = trainer_->position().seconds,
                                    .ranks = comm_.size(),
                                    .threads = plan_.config.threads,
                                    .versions = versions()};
    io::write_text_file(directory_.file("summary.json"), train::json_of(summary));
  });
}

}  // namespace colonnade::jobs
