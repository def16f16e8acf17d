#include "common/config/text.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "common/base/text.hpp"

namespace gyre::config {
namespace {

// Calls `use` with each part between separators, empty parts included.
template <class Use>
void split(std::string_view text, char separator, Use use) {
  for (;;) {
    const std::size_t end = text.find(separator);
    use(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

// Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string wrap(std::string_view text, std::string_view prefix, std::size_t width) {
  std::string out;
  split(text, '\n', [&](std::string_view paragraph) {
    std::string line(prefix);
    bool empty = true;
    split(paragraph, ' ', [&](std::string_view word) {
      if (!empty && line.size() + 1 + word.size() > width) {
        out += line + '\n';
        line = prefix;
        empty = true;
      }
      if (!empty) line += ' ';
      line += word;
      empty = false;
    });
    out += line + '\n';
  });
  return out;
}

std::optional<std::string> nearest(std::string_view wanted, std::span<const std::string> names) {
  std::size_t best_distance = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  std::optional<std::string> best;
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(lower_case(wanted), lower_case(name));
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = name;
  }
  return best;
}

std::string suggestion(std::string_view wanted, std::span<const std::string> names) {
  const auto name = nearest(wanted, names);
  return name ? "; did you mean " + *name + "?" : "";
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

}  // namespace gyre::config
