#pragma once

#include <colonnade/data/file_names.hpp>
#include <colonnade/data/raw_set.hpp>
#include <colonnade/data/source_form.hpp>
#include <colonnade/io/row_source.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::data {

/// What files say of a variable: one of these for all that say the same.
struct VariableKind {
  io::FileInfo file;  ///< the first such, with this variable alone
  StoredForm form;

  [[nodiscard]] const io::VariableInfo& info() const { return file.variables.front(); }
};

/// The headers of a source's files, read by this process alone, and their groups.
class SourceFiles {
 public:
  /// Reads what the files that `options` chooses say of `variables`. Throws usage, data and storage
  /// errors.
  SourceFiles(const SourceOptions& options, const std::vector<std::string>& paths,
              const std::vector<std::string>& variables);

  [[nodiscard]] const std::vector<RawFile>& files() const noexcept { return files_; }
  [[nodiscard]] const std::vector<VariableKind>& kinds() const noexcept { return kinds_; }
  /// Keys of the groups, in their order; one, "", where nothing groups the files.
  [[nodiscard]] const std::vector<std::string>& groups() const noexcept { return groups_; }

  struct Held {
    std::size_t file, kind;
  };
  /// The files of a group that hold the variable, in the order of their names' fields (as they were
  /// given, where names say nothing).
  [[nodiscard]] std::vector<Held> holders(std::size_t group,
                                          const VariableReference& variable) const;
  /// Throws a data error that tells which variables the files have.
  [[noreturn]] void refuse_absent(std::size_t group, const VariableReference& variable) const;
  /// The fields whose values differ between two files; none where names say nothing.
  [[nodiscard]] std::vector<std::string> differing_fields(std::size_t file,
                                                          std::size_t other) const;
  /// Files that hold none of the variables.
  [[nodiscard]] std::vector<std::string> unused() const;
  [[nodiscard]] const std::string& field(std::size_t file, const std::string& name) const {
    return fields_[file].at(name);
  }

 private:
  void read_header(const std::string& path, const std::vector<std::string>& variables);
  std::size_t kind_of(const io::FileInfo& file, const io::VariableInfo& info);
  void group(const SourceOptions& options);

  std::optional<NameFields> names_;
  std::vector<RawFile> files_;
  std::vector<Fields> fields_;  ///< of each file
  std::vector<VariableKind> kinds_;
  std::map<std::string, std::size_t> kind_places_;
  std::vector<std::map<std::string, std::size_t>> held_;  ///< by variable, the kind
  std::vector<std::string> groups_;
  std::vector<std::vector<std::size_t>> group_files_;
};

}  // namespace colonnade::data
