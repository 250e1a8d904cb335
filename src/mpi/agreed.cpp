#include <colonnade/mpi/agreed.hpp>

#include <array>
#include <new>
#include <string>
#include <vector>

namespace colonnade::mpi {

using base::Error;
using base::ErrorKind;

std::optional<Error> error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorKind::storage, "out of memory",
                 {.hint = "use more ranks on more nodes, or a smaller --memory"});
  }
  return std::nullopt;
}

void agree(const Communicator& comm, Phase phase, const std::optional<Error>& mine) {
  const InPhase here(phase);
  const int none = comm.size();
  const int failed = comm.min(mine ? comm.rank() : none);
  if (failed == none) return;
  std::vector<std::int64_t> numbers(3);
  std::array<std::string, 5> texts;
  if (comm.rank() == failed) {
    const auto& facts = mine->facts();
    numbers = {static_cast<std::int64_t>(mine->kind()), facts.column ? 1 : 0,
               facts.column.value_or(0)};
    texts = {mine->sentence(), facts.file, facts.variable, facts.value, facts.hint};
  }
  comm.broadcast(std::span(numbers), failed);
  for (auto& text : texts) text = comm.broadcast(std::move(text), failed);
  base::Facts facts{texts[1], texts[2], std::nullopt, texts[3], texts[4], phase.text()};
  if (numbers[1] != 0) facts.column = numbers[2];
  throw AgreedError(static_cast<ErrorKind>(numbers[0]), texts[0], std::move(facts));
}

}  // namespace colonnade::mpi
