#include "jobs.hpp"

#include <vector>

int main(int argc, char** argv) {
  using namespace colonnade;
  const std::vector<app::Job> all{jobs::synth_job(),    jobs::inspect_job(), jobs::select_job(),
                                  jobs::prepare_job(),  jobs::train_job(),   jobs::search_job(),
                                  jobs::evaluate_job(), jobs::predict_job(), jobs::export_job(),
                                  jobs::report_job(),   jobs::runs_job(),    jobs::diff_job(),
                                  jobs::scale_job()};
  return app::run(argc, argv, all, jobs::versions());
}
