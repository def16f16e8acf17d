// Reads list files: one entry per line, without the blanks around it; blank lines and lines that
// begin with '#' are passed over.
#pragma once

#include <algorithm>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "common/base/text.hpp"

namespace gyre {

// Calls `take` for each entry, until one is refused: the error becomes "LINE: error".
template <class Take>
std::expected<void, std::string> for_each_entry(std::string_view text, Take&& take) {
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::expected<void, std::string> taken = take(line);
    if (!taken) return std::unexpected(std::to_string(line_number) + ": " + taken.error());
  }
  return {};
}

}  // namespace gyre
