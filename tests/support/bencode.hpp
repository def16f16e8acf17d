// A strict reader of bencode (BEP 3), independent of the programs' writer. Keys must be sorted and
// unique, numbers have no leading zeros or "-0", and nothing may follow the value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::test {

struct Bencoded {
  enum class Type { integer, string, list, dictionary } type = Type::integer;
  std::int64_t integer = 0;
  std::string string{};
  std::vector<Bencoded> list{};
  std::map<std::string, Bencoded> dictionary{};

  bool has(const std::string& key) const { return dictionary.contains(key); }
  const Bencoded& operator[](const std::string& key) const { return dictionary.at(key); }
};

class BencodeReader {
 public:
  // Parses all of `text` as one value; nullopt if it is invalid.
  static std::optional<Bencoded> read(std::string_view text) {
    BencodeReader reader(text);
    auto value = reader.value(0);
    if (!reader.rest_.empty()) return std::nullopt;
    return value;
  }

 private:
  static constexpr int depth_max = 8;  // like Transmission

  explicit BencodeReader(std::string_view text) : rest_(text) {}

  std::optional<Bencoded> value(int depth) {
    if (rest_.empty() || depth > depth_max) return std::nullopt;
    switch (rest_.front()) {
      case 'i':
        return integer();
      case 'l':
        return list(depth);
      case 'd':
        return dictionary(depth);
      default:
        return string();
    }
  }

  // Reads decimal digits up to `end`, and skips that.
  std::optional<std::int64_t> number(char end) {
    const std::size_t size = rest_.find(end);
    if (size == std::string_view::npos || size == 0 || size > 18) return std::nullopt;
    const std::string_view digits = rest_.substr(0, size);
    if (digits.front() == '0' && size > 1) return std::nullopt;
    std::int64_t number = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return std::nullopt;
      number = 10 * number + (c - '0');
    }
    rest_.remove_prefix(size + 1);
    return number;
  }

  std::optional<Bencoded> integer() {
    rest_.remove_prefix(1);
    const bool negative = rest_.starts_with('-');
    if (negative) rest_.remove_prefix(1);
    const auto magnitude = number('e');
    if (!magnitude || (negative && *magnitude == 0)) return std::nullopt;
    return Bencoded{.type = Bencoded::Type::integer,
                    .integer = negative ? -*magnitude : *magnitude};
  }

  std::optional<Bencoded> string() {
    const auto size = number(':');
    if (!size || static_cast<std::size_t>(*size) > rest_.size()) return std::nullopt;
    Bencoded read{.type = Bencoded::Type::string};
    read.string = rest_.substr(0, static_cast<std::size_t>(*size));
    rest_.remove_prefix(read.string.size());
    return read;
  }

  bool take_end() {
    const bool ends = rest_.starts_with('e');
    if (ends) rest_.remove_prefix(1);
    return ends;
  }

  std::optional<Bencoded> list(int depth) {
    rest_.remove_prefix(1);
    Bencoded read{.type = Bencoded::Type::list};
    while (!take_end()) {
      auto item = value(depth + 1);
      if (!item) return std::nullopt;
      read.list.push_back(std::move(*item));
    }
    return read;
  }

  std::optional<Bencoded> dictionary(int depth) {
    rest_.remove_prefix(1);
    Bencoded read{.type = Bencoded::Type::dictionary};
    while (!take_end()) {
      auto key = string();
      const auto& known = read.dictionary;
      if (!key || (!known.empty() && key->string <= known.rbegin()->first)) return std::nullopt;
      auto item = value(depth + 1);
      if (!item) return std::nullopt;
      read.dictionary.emplace(std::move(key->string), std::move(*item));
    }
    return read;
  }

  std::string_view rest_;
};

}  // namespace gyre::test
