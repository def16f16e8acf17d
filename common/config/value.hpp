// A setting's value as a file or the environment spells it, before any check; shared by readers and
// printers. Knows nothing of keys, ranges or the structs that hold the settings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gyre::config {

// Something that TOML has but no setting takes; `what` names it: "a date", "a table".
struct Unsupported {
  std::string_view what;
  bool operator==(const Unsupported&) const = default;
};

using TextList = std::vector<std::string>;
using Value = std::variant<bool, std::int64_t, double, std::string, TextList, Unsupported>;

std::string to_toml(std::int64_t integer);  // digits grouped from five on: 8_000_000
std::string to_toml(const Value& value);    // as the right side of `key = value`
std::string in_words(const Value& value);   // for messages: the string "four"

}  // namespace gyre::config
