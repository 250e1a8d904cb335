#include "report/style.hpp"

#include <colonnade/report/page.hpp>

#include <fmt/format.h>

#include <iterator>

namespace colonnade::report {

namespace {

void add_row(std::string& html, const std::vector<std::string>& cells, const char* tag) {
  for (const auto& cell : cells)
    fmt::format_to(std::back_inserter(html), "<{0}>{1}</{0}>", tag, escaped(cell));
  html += "</tr>\n";
}

void add_table(std::string& html, const Table& table) {
  html += "<div class=\"wide\"><table>\n<thead><tr>";
  add_row(html, table.head, "th");
  html += "</thead><tbody>\n";
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const bool is_marked = r < table.is_marked.size() && table.is_marked[r];
    html += is_marked ? "<tr class=\"marked\">" : "<tr>";
    add_row(html, table.rows[r], "td");
  }
  html += "</tbody></table></div>\n";
}

}  // namespace

std::string html_page(const std::string& title, const std::string& summary,
                      std::span<const Figure> figures, std::span<const Section> sections) {
  std::vector<Plot> plots;
  for (const auto& section : sections)
    plots.insert(plots.end(), section.plots.begin(), section.plots.end());
  const auto pictures = draw(plots);
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body><main>\n<h1>{0}</h1>\n<p>{2}</p>\n",
      escaped(title), style, escaped(summary));
  auto out = std::back_inserter(html);
  html += "<div class=\"figures\">\n";
  for (const auto& figure : figures)
    fmt::format_to(out, "<div class=\"figure\"><span>{}</span><b>{}</b><small>{}</small></div>\n",
                   escaped(figure.name), escaped(figure.value), escaped(figure.note));
  html += "</div>\n<nav>";
  for (std::size_t s = 0; s < sections.size(); ++s)
    fmt::format_to(out, "<a href=\"#part-{}\">{}</a>", s, escaped(sections[s].title));
  html += "</nav>\n";
  std::size_t next = 0;
  for (std::size_t s = 0; s < sections.size(); ++s) {
    fmt::format_to(out, "<section id=\"part-{}\">\n<h2>{}</h2>\n<p>{}</p>\n", s,
                   escaped(sections[s].title), escaped(sections[s].text));
    for (const auto& table : sections[s].tables) add_table(html, table);
    html += "<div class=\"plots\">\n";
    for (const auto& plot : sections[s].plots)
      fmt::format_to(out, "<figure><figcaption>{}</figcaption>\n{}</figure>\n", escaped(plot.title),
                     pictures[next++]);
    html += "</div>\n</section>\n";
  }
  return html + "</main></body>\n</html>\n";
}

}  // namespace colonnade::report
