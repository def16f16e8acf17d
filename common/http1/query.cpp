#include "common/http1/query.hpp"

#include <algorithm>

#include "common/base/numbers.hpp"

namespace gyre::http1 {
namespace {

// Whether `text` begins like `name=`. Binary values hardly ever have that, unescaped, after an
// unescaped `;` or `?`.
bool starts_parameter(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && ((text[size] >= 'a' && text[size] <= 'z') || text[size] == '_' ||
                                (text[size] >= '0' && text[size] <= '9'))) {
    ++size;
  }
  return size >= 2 && size < text.size() && text[size] == '=';
}

}  // namespace

std::size_t QueryReader::parameter_size() const {
  const std::size_t size = std::min(rest_.find('&'), rest_.size());
  if (!has_odd_separators_) return size;
  for (std::size_t i = 0; i < size; ++i) {
    const bool odd = rest_[i] == ';' || rest_[i] == '?';
    if (odd && starts_parameter(rest_.substr(i + 1))) return i;
  }
  return size;
}

std::optional<Parameter> QueryReader::next() {
  while (!rest_.empty()) {
    const std::size_t size = parameter_size();
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(std::min(size + 1, rest_.size()));
    // Names are short: a loop is faster than a call of memchr().
    std::size_t name_size = 0;
    while (name_size < size && text[name_size] != '=') ++name_size;
    if (name_size == 0) continue;
    return Parameter{.name = text.substr(0, name_size),
                     .value = text.substr(std::min(name_size + 1, size))};
  }
  return std::nullopt;
}

std::optional<std::string_view> percent_decoded(std::string_view text, std::span<char> out) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++size) {
    if (size == out.size()) return std::nullopt;
    if (text[i] == '%' && text.size() - i > 2) {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out[size] = static_cast<char>(high << 4 | low);
        i += 3;
        continue;
      }
    }
    const char c = text[i++];
    out[size] = c == '+' ? ' ' : c;
  }
  return std::string_view(out.data(), size);
}

}  // namespace gyre::http1
