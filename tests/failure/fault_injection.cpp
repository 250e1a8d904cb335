// The other definition of base::fault_site, for the tests.
// COLONNADE_FAULT=SITE:KIND:RANK:NTH[:FILE] makes RANK fail when it passes SITE for the NTH time
// (with a file whose path contains FILE); COLONNADE_FAULT=list prints the sites.
// COLONNADE_FAULT_REPORT names a file that tells whether the fault struck.
#include "failure/fault_injection.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <sstream>
#include <stdexcept>

namespace colonnade::faults {

thread_local Blow next_blow = Blow::none;

namespace {

struct Fault {
  std::string site, kind, rank, nth, file;
};

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Fault fault_of(const std::string& text) {
  std::istringstream words(text);
  Fault fault;
  for (auto* word : {&fault.site, &fault.kind, &fault.rank, &fault.nth, &fault.file})
    std::getline(words, *word, ':');
  return fault;
}

const Fault& asked_for() {
  static const Fault fault = fault_of(variable("COLONNADE_FAULT"));
  return fault;
}

void strike(const std::string& kind, const std::string& site, std::string_view file) {
  if (kind == "eio" || kind == "short") {
    next_blow = kind == "eio" ? Blow::error : Blow::part;
    return;
  }
  report(fmt::format("{} {}", site, file));
  if (kind == "throw")
    throw base::Error(base::ErrorKind::storage, "a fault of the tests",
                      {.file = std::string(file)});
  if (kind == "bug") throw std::logic_error(fmt::format("a fault of the tests ({})", file));
  if (kind == "memory") throw std::bad_alloc();
  if (kind == "kill") ::kill(::getpid(), SIGKILL);
  if (kind == "stop") ::kill(::getpid(), SIGSTOP);
}

/// Before main, so that it needs no MPI.
const bool has_listed = [] {
  if (variable("COLONNADE_FAULT") != "list") return false;
  for (const auto name : base::fault_site_names) std::puts(std::string(name).c_str());
  std::exit(0);
}();

}  // namespace

void report(const std::string& where) {
  const std::string line =
      fmt::format("{} on rank {}: {}\n", asked_for().kind, asked_for().rank, where);
  const int file = ::open(variable("COLONNADE_FAULT_REPORT").c_str(),
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  // Not write(), which may be the call that is about to fail.
  ::syscall(SYS_write, file, line.data(), line.size());
  ::close(file);
}

}  // namespace colonnade::faults

namespace colonnade::base {

void fault_site(FaultSite site, std::string_view file) {
  using namespace faults;
  static std::atomic<int> passed = 0;
  const Fault& fault = asked_for();
  const auto name = fault_site_names[static_cast<std::size_t>(site) - 1];
  if (fault.site != name || fault.rank != variable("OMPI_COMM_WORLD_RANK")) return;
  if (file.find(fault.file) == std::string_view::npos) return;
  if (std::to_string(++passed) == fault.nth) strike(fault.kind, fault.site, file);
}

}  // namespace colonnade::base
