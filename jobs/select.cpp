#include "jobs.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/scene_list.hpp>
#include <colonnade/data/scene_rank.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

namespace colonnade::jobs {

using app::Arguments;
using base::Error;
using base::ErrorKind;

namespace {

app::Command select_command() {
  return {
      .name = "select",
      .summary = "of several scenes of each place and period the best",
      .description =
          "A scene is a file whose name tells a place and a date and that holds what --rank-by "
          "asks for: the smaller that rank, the better. Of the scenes of each place and period it "
          "chooses the one of the lowest rank; of equal ranks the one whose date is nearest to the "
          "median of their dates (of an even number the mean of the middle two), then the earlier, "
          "then the first name. Scenes with a rank above --threshold are not chosen; where a "
          "period "
          "would be empty, --relax raises the threshold step by step until there is one.\n\n"
          "--out is CSV with the columns file, place, period (from 1), date, rank, and relaxed "
          "(the "
          "number of those steps); prepare, predict and inspect read it with --files-from. Also in "
          "it are files without a rank: those of the same place and date as a chosen scene, and "
          "those without a date, such as a place's map of classes, of a place with chosen scenes. "
          "Files are dealt to the ranks; the list is the same on any number of them.",
      .files = {.usage = "FILE...",
                .help = "all candidates, and what goes with them; patterns such as data/*.nc are "
                        "expanded",
                .least = 1,
                .most = 1000000},
      .options =
          {{.name = "out", .value_name = "CHOSEN.csv", .help = "the list", .required = true},
           {.name = "name-fields",
            .value_name = "FIELDS",
            .help = "what file names say: the parts of the base name between underscores, as in "
                    "kind,place,date (- skips one), or a template for the end of the path, as in "
                    "\"{place}/{kind}_{date}.nc\"",
            .required = true,
            .section = "source"},
           {.name = "where",
            .value_name = "FIELD=VALUES...",
            .help = "only files with these fields, as in \"place=p1,p2 date=20200101..20200630\"",
            .section = "source"},
           {.name = "place",
            .value_name = "FIELD",
            .fallback = "place",
            .help = "the field that tells the place"},
           {.name = "date",
            .value_name = "FIELDS",
            .fallback = "date",
            .help = "the field that tells the date, as YYYYMMDD, YYYY-MM-DD, YYYYDDD or a number; "
                    "of several, as in year,day, the texts are joined"},
           {.name = "period",
            .value_name = "N",
            .fallback = "1",
            .help = "equal parts of the time from the first to the last scene",
            .least = 1,
            .most = 1000000},
           {.name = "period-edges",
            .value_name = "DATES",
            .help =
                "dates at which periods begin, and at last the end of the last one, in place of "
                "--period, as in 20200101,20200701,20201231"},
           {.name = "rank-by",
            .value_name = "RANK",
            .help = "a variable of one value or an attribute of the file, cloud_cover; or "
                    "percent(cloud_mask), the percentage of a variable's valid values that are not "
                    "0; or percent(cloud_mask=1,3), that are one of these",
            .required = true},
           {.name = "threshold", .value_name = "X", .help = "the highest rank that is chosen"},
           {.name = "relax",
            .value_name = "X",
            .help = "step, above 0, by which --threshold is raised where a period would be empty",
            .least = 0},
           {.name = "complete", .help = "leave out places that have an empty period"}},
      .examples = {
          "colonnade select scenes/*.nc --name-fields kind,place,date --period 5 --rank-by "
          "cloud_cover --threshold 60 --relax 10 --complete --out chosen.csv",
          "colonnade prepare --files-from chosen.csv --out columns.h5"}};
}

/// The files of a call, and its scenes: files with a date and a rank.
struct Candidates {
  std::vector<data::SceneFile> files;
  std::vector<std::optional<double>> ranks;
  std::vector<data::Scene> scenes;
  std::vector<std::size_t> file_of_scene;
};

std::vector<data::SceneFile> files_of(const Arguments& arguments) {
  const auto names = data::NameFields::parse(arguments.text("name-fields"));
  auto paths = arguments.files();
  if (arguments.has("where"))
    paths = data::Where::parse(arguments.text("where"), names, "--where").filter(paths, names);
  return data::scene_files(paths, names, arguments.text("place"), arguments.texts("date"));
}

Candidates candidates_of(const Arguments& arguments, const mpi::Communicator& comm) {
  Candidates all;
  data::SceneRank rank = mpi::agreed(comm, "options", [&] {
    all.files = files_of(arguments);
    return data::SceneRank::parse(arguments.text("rank-by"));
  });
  std::vector<std::string> dated;
  for (const auto& file : all.files)
    if (file.date) dated.push_back(file.path);
  const auto ranks = data::ranks_of(comm, rank, dated);
  for (std::size_t i = 0, next = 0; i < all.files.size(); ++i) {
    all.ranks.push_back(all.files[i].date ? ranks[next++] : std::nullopt);
    if (!all.ranks.back()) continue;
    const auto& file = all.files[i];
    all.scenes.push_back({file.path, file.place, file.date->value, *all.ranks.back()});
    all.file_of_scene.push_back(i);
  }
  mpi::agreed(comm, "select", [&] {
    if (all.scenes.empty())
      throw Error(ErrorKind::data, "no file with a date holds what scenes are ranked by",
                  {.file = all.files.front().path, .value = arguments.text("rank-by")});
  });
  return all;
}

std::vector<double> edges_of(const Arguments& arguments, const Candidates& all) {
  if (!arguments.has("period-edges"))
    return data::equal_periods(all.scenes, arguments.integer("period"));
  if (arguments.given("period"))
    throw Error(ErrorKind::usage, "--period and --period-edges contradict each other",
                {.hint = "leave one of them out"});
  const bool is_calendar = all.files[all.file_of_scene.front()].date->is_calendar;
  std::vector<double> edges;
  for (const auto& text : arguments.texts("period-edges")) {
    const auto date = data::SceneDate::parse(text, "");
    if (date.is_calendar != is_calendar || (!edges.empty() && date.value <= edges.back()))
      throw Error(ErrorKind::usage,
                  "--period-edges are ascending dates, written as the scenes' are",
                  {.value = text});
    edges.push_back(date.value);
  }
  if (edges.size() < 2)
    throw Error(ErrorKind::usage, "--period-edges wants two dates at least",
                {.value = arguments.text("period-edges")});
  return edges;
}

data::SceneRule rule_of(const Arguments& arguments, const Candidates& all) {
  data::SceneRule rule{.edges = edges_of(arguments, all)};
  if (arguments.has("threshold")) rule.threshold = arguments.real("threshold");
  if (arguments.has("relax")) {
    rule.relax = arguments.real("relax");
    if (!arguments.has("threshold") || rule.relax == 0.0)
      throw Error(ErrorKind::usage, "--relax is a step above 0 by which --threshold is raised",
                  {.value = arguments.text("relax")});
  }
  rule.complete = arguments.flag("complete");
  return rule;
}

void print_choice(const Candidates& all, const data::SceneChoice& choice,
                  const data::SceneRule& rule) {
  const auto unranked = std::count_if(all.scenes.begin(), all.scenes.end(),
                                      [](const auto& scene) { return scene.rank != scene.rank; });
  std::set<std::string> places;
  std::int64_t relaxed = 0, most = 0;
  for (const auto& one : choice.chosen) {
    places.insert(all.scenes[one.scene].place);
    relaxed += one.relaxed > 0 ? 1 : 0;
    most = std::max(most, one.relaxed);
  }
  fmt::print("{} scenes at {} places, {} periods; chose {} at {} places\n", all.scenes.size(),
             choice.places, rule.edges.size() - 1, choice.chosen.size(), places.size());
  if (unranked > 0) fmt::print("{} scenes have no rank: it is missing\n", unranked);
  if (relaxed > 0)
    fmt::print("{} are above the threshold, which was raised by up to {} steps\n", relaxed, most);
  constexpr std::size_t shown = 20;
  for (std::size_t i = 0; i < std::min(shown, choice.empty.size()); ++i)
    fmt::print("place {} has no scene in period {}{}\n", choice.empty[i].place,
               choice.empty[i].period + 1, rule.complete ? ", and is left out" : "");
  if (choice.empty.size() > shown)
    fmt::print("and {} further periods of places have none\n", choice.empty.size() - shown);
}

void select_work(const Arguments& arguments, const mpi::Communicator& comm) {
  const auto& out = arguments.text("out");
  mpi::agreed(comm, "output", [&] { expect_no_input(out, arguments); });
  if (arguments.flag("dry-run")) {
    const auto files = mpi::agreed(comm, "options", [&] { return files_of(arguments); });
    if (comm.is_root()) fmt::print("# plan: {} files; writes {}\n", files.size(), out);
    return;
  }
  io::OutputPath output(comm, out, arguments.flag("force"));
  const auto all = candidates_of(arguments, comm);
  mpi::agreed_on_root(comm, "select", [&] {
    const auto rule = rule_of(arguments, all);
    const auto choice = data::choose_scenes(all.scenes, rule);
    if (choice.chosen.empty())
      throw Error(ErrorKind::data,
                  rule.complete ? "no place has a scene in every period" : "no scene is left",
                  {.value = fmt::format("{} scenes", all.scenes.size()),
                   .hint = "raise --threshold, give --relax, or use fewer periods"});
    const auto listed = data::listed_files(all.files, all.ranks, all.file_of_scene, choice);
    io::write_text_file(output.temporary(), data::csv_of(all.files, listed));
    print_choice(all, choice, rule);
    fmt::print("listed {} files\n", listed.size());
  });
  output.commit();
  if (comm.is_root()) fmt::print("wrote {}\n", out);
}

}  // namespace

app::Job select_job() {
  return {select_command(), select_work};
}

}  // namespace colonnade::jobs
