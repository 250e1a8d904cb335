#pragma once

#include <colonnade/data/column_order.hpp>
#include <colonnade/data/file_names.hpp>
#include <colonnade/data/groups.hpp>
#include <colonnade/data/raw_set.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::data {

struct PrepareOptions;

/// How columns are divided among the splits.
struct DivisionRule {
  /// What is drawn as a whole.
  enum class By : std::uint8_t { column, file, group, tile };
  By by = By::column;
  std::vector<Tile> tiles{};  ///< for By::tile
  std::optional<NameFields> name_fields{};
  std::vector<std::string> group_by{};        ///< fields; for By::group, and with chosen files
  std::optional<Where> validation{}, test{};  ///< files that are chosen; the others train

  /// Whether files are chosen, and nothing is drawn.
  [[nodiscard]] bool is_chosen() const { return validation || test; }
  /// "tile y=150,x=125", "group year,day"; "" for By::column.
  [[nodiscard]] std::string text() const;
};

/// The groups of the set's columns that no split parts; none for By::column. Throws a usage error
/// where the rule does not fit the set.
Groups groups_of(const RawSet& set, const DivisionRule& rule);

/// The order of the columns, and the splits in it.
struct Division {
  ColumnOrder order;
  std::vector<Split> splits;
};

/// Divides the set's columns, `dropped` of which (ascending) are left out, by the options'
/// division, split and shuffle. Throws usage errors: as splits_of and draw_splits, and where the
/// choice of files takes none, takes a file for two splits or parts a group.
Division divide(const RawSet& set, const Groups& groups, const PrepareOptions& options,
                std::vector<std::int64_t> dropped);

}  // namespace colonnade::data
