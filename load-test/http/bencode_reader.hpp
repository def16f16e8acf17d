// A reader of bencode (BEP 3) that builds nothing: a value is skipped, or taken as a view. Strict
// where trackers must be: no leading zeros, no "-0", nothing cut off. The order of keys is not
// looked at, because some trackers have it wrong.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace gyre::load_test::http {

class BencodeReader {
 public:
  static constexpr int depth_max = 16;

  explicit BencodeReader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  // Takes the character that begins or ends a list or dictionary, if it is the next one.
  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Nothing if the next value is no string; then the reader is of no more use, as for integer().
  std::optional<std::string_view> string() {
    const auto size = digits(':');
    if (!size || *size > rest_.size()) return std::nullopt;
    const std::string_view value = rest_.substr(0, *size);
    rest_.remove_prefix(*size);
    return value;
  }

  std::optional<std::int64_t> integer() {
    if (!take('i')) return std::nullopt;
    const bool negative = take('-');
    const auto value = digits('e');
    constexpr auto max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!value || *value > max || (negative && *value == 0)) return std::nullopt;
    const auto number = static_cast<std::int64_t>(*value);
    return negative ? -number : number;
  }

  // A value of any kind, as its text.
  std::optional<std::string_view> value(int depth = 0) {
    const std::string_view before = rest_;
    if (!skip(depth)) return std::nullopt;
    return before.substr(0, before.size() - rest_.size());
  }

 private:
  bool skip(int depth) {
    if (rest_.empty() || depth == depth_max) return false;
    const char first = rest_.front();
    if (first == 'i') return integer().has_value();
    if (first != 'l' && first != 'd') return string().has_value();
    rest_.remove_prefix(1);
    while (!take('e')) {
      if (first == 'd' && !string()) return false;
      if (!skip(depth + 1)) return false;
    }
    return true;
  }

  std::optional<std::uint64_t> digits(char end) {
    std::uint64_t number = 0;
    const char* const begin = rest_.data();
    const auto [at, error] = std::from_chars(begin, begin + rest_.size(), number);
    const auto size = static_cast<std::size_t>(at - begin);
    if (error != std::errc{} || size == rest_.size() || *at != end) return std::nullopt;
    if (size > 1 && rest_.front() == '0') return std::nullopt;
    rest_.remove_prefix(size + 1);
    return number;
  }

  std::string_view rest_;
};

}  // namespace gyre::load_test::http
