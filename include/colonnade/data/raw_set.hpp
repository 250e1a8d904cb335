#pragma once

#include <colonnade/data/recipe.hpp>
#include <colonnade/data/sampling.hpp>
#include <colonnade/data/stored_form.hpp>
#include <colonnade/io/hdf5.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/partition.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace colonnade::data {

/// What to do with missing values: NaN, infinities, and what StoredForm marks.
struct MissingPolicy {
  /// drop: leaves out columns that lack a value; drop_all: those that lack all inputs; keep:
  /// missing values become NaN, for who counts them.
  enum class Kind : std::uint8_t { fail, drop, fill, keep, drop_all };
  Kind kind = Kind::fail;
  float fill = 0.0F;
  /// What to do when one is met.
  const char* hint = "use --missing drop-any or --missing fill=VALUE";
  bool fills_rest = false;  ///< drop_all: `fill` replaces what is missing in the columns left

  /// Whether it leaves columns out.
  [[nodiscard]] bool drops() const { return kind == Kind::drop || kind == Kind::drop_all; }
  /// Reads "fail", "drop-any" (or "drop"), "drop-all", "drop-all,fill=V" or "fill=V".
  static MissingPolicy parse(const std::string& text);
};

/// One raw file of the set.
struct RawFile {
  std::string path;
  std::int64_t bytes = 0;
  std::int64_t columns = 0;
  std::vector<StoredForm> forms{};  ///< one a variable
};

/// A variable whose units or features are not everywhere those of the first file, and the first
/// file in which they are not.
struct UnlikeVariable {
  std::string file, variable;
  std::string difference;  ///< "degC and K"
};

/// Raw files concatenated along the column dimension, each holding the same variables.
struct RawSet {
  std::vector<RawFile> files;
  std::vector<RawVariable> variables;  ///< the requested ones, in the requested order
  std::string column_dim;
  std::vector<UnlikeVariable> unlike{};
  std::optional<Sampling>
      sampling{};  ///< of a described source; else columns are rows of the files

  [[nodiscard]] std::int64_t columns() const;
  /// The dimensions along which the columns lie, the last one fastest: columns() is the product of
  /// their lengths. One for plain columns; say time, y and x for pixels.
  [[nodiscard]] std::vector<io::Dimension> sample_dimensions() const;
  /// Raw values of one column over all variables.
  [[nodiscard]] std::int64_t width() const;
  /// Where a variable's values of a column stand, for messages: a file, and the column in it; in a
  /// described source the column in the set.
  struct Place {
    std::string file;
    std::int64_t column;
  };
  [[nodiscard]] Place place_of(std::int64_t column, std::size_t variable) const;
  /// The variable to which the value at a place of a column belongs.
  [[nodiscard]] std::size_t variable_at(std::int64_t place) const;
  /// Throws a usage error when an output at `path` would replace one of the files: it is the file,
  /// or a folder that holds it.
  void expect_no_input(const std::string& path) const;

  /// Throws a data error naming the first file of a described source that holds none of the
  /// variables: it may be damaged, and a window would reach over it.
  void expect_all_used() const;

  /// Throws a data error for the first variable that is unlike.
  void expect_alike() const;

  /// **Collective.** Reads the files' headers on the root and checks that each holds all
  /// `variables`, numeric, with the column dimension first and equal shapes; throws a data or
  /// storage error naming file and variable on all ranks.
  static RawSet scan(const mpi::Communicator& comm, const std::vector<std::string>& paths,
                     const std::vector<std::string>& variables, const std::string& column_dim);
  /// **Collective.** The same for a described source: its samples are the columns. `inputs` and
  /// `targets` are variables, `NAME@VALUE`, or names that the form derives. Throws usage, data and
  /// storage errors on all ranks.
  static RawSet scan(const mpi::Communicator& comm, const std::vector<std::string>& paths,
                     const std::vector<std::string>& inputs,
                     const std::vector<std::string>& targets, const SourceOptions& options);
};

/// Reads columns of a raw set, collectively: files are opened as the reading reaches them, and
/// closed when it has passed.
class RawReader {
 public:
  RawReader(const mpi::Communicator& comm, const RawSet& set, MissingPolicy missing);
  /// **Collective.**
  ~RawReader();
  RawReader(const RawReader&) = delete;
  RawReader& operator=(const RawReader&) = delete;

  /// **Collective.** Reads the raw values of `columns` (each rank its own range, perhaps empty),
  /// unpacked, into `rows`: columns.size() rows of set.width() values, variables one after the
  /// other. Under MissingPolicy fail a missing value throws a data error naming file, variable and
  /// column on all ranks; under fill it is replaced; under the others it becomes NaN.
  void read(mpi::Range columns, std::span<float> rows);
  /// Asks the system to have in memory soon what of `columns` lies plain in the open file.
  void call_for(mpi::Range columns) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace colonnade::data
