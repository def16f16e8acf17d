#include "common/metrics/html_page.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gyre::metrics {
namespace {

constexpr std::string_view page_start = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>{0}</title>
<style>
:root {{ color-scheme: light dark; --line: color-mix(in srgb, GrayText 40%, transparent); }}
body {{ font: 15px/1.45 system-ui, sans-serif; }}
body {{ max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; font-weight: 600; margin: 0 0 .25rem; }}
nav {{ color: GrayText; margin-bottom: 1.5rem; }}
table {{ border-collapse: collapse; width: 100%; }}
tbody tr:first-child > * {{ border-top: 1px solid var(--line); padding-top: .7rem; }}
tbody tr:last-child > * {{ padding-bottom: .7rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .1rem .5rem .1rem 0; }}
th {{ font: 600 14px ui-monospace, monospace; }}
th small {{ display: block; font: 13px system-ui, sans-serif; color: GrayText; }}
td {{ font-family: ui-monospace, monospace; font-size: 14px; padding-left: 1.25rem; }}
td + td, th + td {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
tr:hover td {{ background: color-mix(in srgb, GrayText 12%, transparent); }}
</style>
</head>
<body>
<h1>{0}</h1>
<nav>Refreshes every five seconds. For Prometheus: <a href="/metrics">/metrics</a></nav>
<table>
)";

constexpr std::string_view page_end = "</table>\n</body>\n</html>\n";

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Groups the digits of whole numbers by threes with narrow spaces; leaves other values alone.
std::string grouped(std::string_view value) {
  const bool is_whole =
      std::ranges::all_of(value, [](char digit) { return digit >= '0' && digit <= '9'; });
  if (!is_whole || value.size() < 5) return escaped(value);
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i > 0 && (value.size() - i) % 3 == 0) out += "&#8239;";
    out += value[i];
  }
  return out;
}

// Takes the text up to `separator` off the front; all of it if there is none.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t size = std::min(rest.find(separator), rest.size());
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(std::min(size + 1, rest.size()));
  return taken;
}

class TableWriter {
 public:
  void line(std::string_view line) {
    constexpr std::string_view help_start = "# HELP ";
    if (line.starts_with(help_start)) {
      begin(line.substr(help_start.size()));
    } else if (!line.empty() && !line.starts_with('#')) {
      row(line);
    }
  }

  std::string finish() && {
    if (!metric_.empty()) out_ += "</tr>\n</tbody>\n";
    return std::move(out_);
  }

 private:
  // Leaves the row of the heading open, for the value of a metric that has only one.
  void begin(std::string_view rest) {
    if (!metric_.empty()) out_ += "</tr>\n</tbody>\n";
    metric_ = take_until(rest, ' ');
    out_ +=
        fmt::format("<tbody>\n<tr><th>{}<small>{}</small></th>", escaped(metric_), escaped(rest));
  }

  // "name{labels} value" or "name value". Label values may contain spaces and braces.
  void row(std::string_view line) {
    const std::size_t value_start = line.rfind(' ') + 1;
    const std::string_view value = line.substr(value_start);
    std::string_view labels = line.substr(0, value_start);
    const std::string_view name = labels.substr(0, labels.find_first_of("{ "));
    labels.remove_prefix(name.size());
    labels = labels.starts_with('{') ? labels.substr(1, labels.size() - 3) : std::string_view();
    if (name == metric_ && labels.empty()) {
      out_ += fmt::format("<td>{}</td>", grouped(value));
      return;
    }
    std::string_view part = name;  // "bucket", "sum" or "count" of a histogram
    if (part.starts_with(metric_)) part.remove_prefix(metric_.size());
    if (part.starts_with('_')) part.remove_prefix(1);
    const std::string_view gap = part.empty() || labels.empty() ? "" : " ";
    out_ += fmt::format("</tr>\n<tr><td>{}{}{}</td><td>{}</td>", escaped(part), gap,
                        escaped(labels), grouped(value));
  }

  std::string out_;
  std::string_view metric_;
};

}  // namespace

std::string html_page(std::string_view title, std::string_view exposition) {
  TableWriter table;
  while (!exposition.empty()) table.line(take_until(exposition, '\n'));
  std::string page = fmt::format(page_start, escaped(title));
  page += std::move(table).finish();
  page += page_end;
  return page;
}

}  // namespace gyre::metrics
