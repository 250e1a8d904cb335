#pragma once

#include <colonnade/report/plot.hpp>

#include <span>
#include <string>
#include <vector>

namespace colonnade::report {

/// Rows of cells, the first of each row being its name. Texts, not markup.
struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  std::vector<bool> is_marked{};  ///< rows to point out; none if empty
};

/// A part of a page: what it shows in a sentence or two, tables, pictures.
struct Section {
  std::string title, text;
  std::vector<Table> tables{};
  std::vector<Plot> plots{};
};

/// A number with its name, in large type.
struct Figure {
  std::string name, value, note;
};

/// One self-contained HTML page, light or dark as its reader's system is, for screens and paper.
/// Throws what draw throws.
std::string html_page(const std::string& title, const std::string& summary,
                      std::span<const Figure> figures, std::span<const Section> sections);

}  // namespace colonnade::report
