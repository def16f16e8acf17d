// Reader of header values that are lists (RFC 9110 section 5.6.1): yields their elements as views,
// trimmed.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/text.hpp"

namespace gyre::http1 {

class ListReader {
 public:
  explicit ListReader(std::string_view list, char separator = ',')
      : rest_(list), separator_(separator) {}

  // The next element that is not empty; nullopt at the end. Separators within double quotes do not
  // count.
  std::optional<std::string_view> next() {
    while (!rest_.empty()) {
      const std::size_t size = element_size();
      const std::string_view element = trimmed(rest_.substr(0, size));
      rest_.remove_prefix(size == rest_.size() ? size : size + 1);
      if (!element.empty()) return element;
    }
    return std::nullopt;
  }

 private:
  std::size_t element_size() const {
    bool quoted = false;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '"') quoted = !quoted;
      if (quoted && rest_[i] == '\\')
        ++i;
      else if (!quoted && rest_[i] == separator_)
        return i;
    }
    return rest_.size();
  }

  std::string_view rest_;
  char separator_;
};

}  // namespace gyre::http1
