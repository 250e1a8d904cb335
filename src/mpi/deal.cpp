#include <colonnade/base/error.hpp>
#include <colonnade/mpi/activity.hpp>
#include <colonnade/mpi/deal.hpp>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace colonnade::mpi {

namespace {

enum Tag : int { report_tag = 1, answer_tag, wish_tag, stop_tag };

constexpr auto nap = std::chrono::milliseconds(1);
/// Between two looks at what has come, while there is other work: so much longer than a look takes,
/// but no longer than others may wait.
constexpr int cost_ratio = 10;
constexpr auto most_pause = std::chrono::milliseconds(500);

}  // namespace

Deal::Deal(const Communicator& comm, const Teams& teams, std::vector<std::size_t> tasks,
           Listener listener)
    : comm_(comm),
      teams_(teams),
      tasks_(std::move(tasks)),
      listener_(std::move(listener)),
      busy_(teams.sizes().size(), -1),
      is_open_(teams.sizes().size(), true) {
  base::expects(!teams.sizes().empty() && teams.sizes().front() > 0, "rank 0 is in the first team");
  const Waiting waiting;
  MPI_Comm_dup(comm.handle(), &handle_);
}

Deal::~Deal() {
  const Waiting waiting;
  MPI_Comm_free(&handle_);
}

bool Deal::run(const std::function<std::string(std::size_t task)>& work) {
  if (teams_.own()) {
    std::string report;
    for (std::int64_t task = next(report); task >= 0; task = next(report))
      report = work(static_cast<std::size_t>(task));
  }
  end();
  std::int64_t stopped = is_stopping_ ? 1 : 0;
  comm_.broadcast(std::span(&stopped, 1));
  return stopped != 0;
}

/// The team's next task, the same on its ranks.
std::int64_t Deal::next(const std::string& report) {
  Answer answer;
  if (comm_.is_root()) {
    hear(0, report);
    answer = deal(0);
  } else if (leads()) {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Irecv(&answer, sizeof(answer), MPI_BYTE, 0, answer_tag, handle_, &request);
    {
      const Waiting waiting;
      MPI_Send(report.data(), count_of(static_cast<std::int64_t>(report.size())), MPI_BYTE, 0,
               report_tag, handle_);
    }
    sleep_until_complete(request);
    if (answer.is_stopping != 0) take_order(true);
  }
  if (teams_.own()->size() > 1) {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibcast(&answer.task, 1, MPI_INT64_T, 0, teams_.own()->handle(), &request);
    sleep_until_complete(request);
  }
  return answer.task;
}

void Deal::hear(std::size_t team, const std::string& report) {
  if (const std::int64_t task = std::exchange(busy_[team], -1); task >= 0)
    listener_.on_end(static_cast<std::size_t>(task), report);
}

Deal::Answer Deal::deal(std::size_t team) {
  if (is_stopping_ || dealt_ == tasks_.size()) {
    is_open_[team] = false;
    return {.is_stopping = is_stopping_ ? 1 : 0};
  }
  const std::size_t task = tasks_[dealt_++];
  busy_[team] = static_cast<std::int64_t>(task);
  listener_.on_start(task, teams_.sizes()[team]);
  return {.task = static_cast<std::int64_t>(task)};
}

/// Where processes share cores, MPI yields them in each call: many calls would take all the time.
bool Deal::poll() {
  const auto begin = Clock::now();
  if (begin < next_poll_) return comm_.is_root() ? is_stopping_ : is_told_;
  const bool shall_stop = look();
  const auto end = Clock::now();
  next_poll_ = end + std::clamp<Clock::duration>(cost_ratio * (end - begin), nap, most_pause);
  return shall_stop;
}

bool Deal::look() {
  if (!has_wished_ && listener_.wants_stop()) {
    has_wished_ = true;
    if (comm_.is_root())
      stop();
    else
      MPI_Send(nullptr, 0, MPI_BYTE, 0, wish_tag, handle_);
  }
  if (comm_.is_root()) {
    serve();
    return is_stopping_;
  }
  if (leads()) take_order(false);
  return is_told_;
}

void Deal::stop() {
  if (std::exchange(is_stopping_, true)) return;
  for (std::size_t team = 1; team < is_open_.size(); ++team)
    if (is_open_[team]) MPI_Send(nullptr, 0, MPI_BYTE, teams_.roots()[team], stop_tag, handle_);
}

void Deal::take_order(bool must_come) {
  if (is_told_) return;
  int is_there = must_come ? 1 : 0;
  if (!must_come) MPI_Iprobe(0, stop_tag, handle_, &is_there, MPI_STATUS_IGNORE);
  if (is_there == 0) return;
  MPI_Recv(nullptr, 0, MPI_BYTE, 0, stop_tag, handle_, MPI_STATUS_IGNORE);
  is_told_ = true;
}

void Deal::serve() {
  int is_there = 0;
  MPI_Status status;
  while (MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, handle_, &is_there, &status), is_there != 0)
    serve_message(status);
}

void Deal::serve_message(const MPI_Status& status) {
  int bytes = 0;
  MPI_Get_count(&status, MPI_BYTE, &bytes);
  std::string report(static_cast<std::size_t>(bytes), '\0');
  MPI_Recv(report.data(), bytes, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, handle_,
           MPI_STATUS_IGNORE);
  if (status.MPI_TAG == wish_tag) {
    ++wishes_;
    stop();
    return;
  }
  const auto& roots = teams_.roots();
  const auto team = static_cast<std::size_t>(
      std::find(roots.begin(), roots.end(), status.MPI_SOURCE) - roots.begin());
  hear(team, report);
  const Answer answer = deal(team);
  MPI_Send(&answer, sizeof(answer), MPI_BYTE, status.MPI_SOURCE, answer_tag, handle_);
}

/// Rank 0 serves the others until they have ended; whoever has ended may still wish to stop.
void Deal::end() {
  if (comm_.is_root()) {
    const Waiting waiting;
    while (std::find(is_open_.begin(), is_open_.end(), true) != is_open_.end()) {
      look();
      std::this_thread::sleep_for(nap);
    }
  }
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Ibarrier(handle_, &request);
  sleep_until_complete(request);
  const std::int64_t sent = comm_.sum(has_wished_ && !comm_.is_root() ? 1 : 0);
  for (; comm_.is_root() && wishes_ < sent; ++wishes_) {
    MPI_Recv(nullptr, 0, MPI_BYTE, MPI_ANY_SOURCE, wish_tag, handle_, MPI_STATUS_IGNORE);
    is_stopping_ = true;
  }
}

void Deal::sleep_until_complete(MPI_Request& request) {
  const Waiting waiting;
  int is_complete = 0;
  while (MPI_Test(&request, &is_complete, MPI_STATUS_IGNORE), is_complete == 0) {
    look();
    std::this_thread::sleep_for(nap);
  }
}

}  // namespace colonnade::mpi
