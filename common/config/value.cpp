#include "common/config/value.hpp"

#include <fmt/format.h>

namespace gyre::config {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

// "{}" prints the shortest text that reads back as the same number, but 1.0 as "1", which TOML
// takes for an integer.
std::string number(double value) {
  std::string out = fmt::format("{}", value);
  if (out.find_first_of(".en") == std::string::npos) out += ".0";
  return out;
}

std::string list(const TextList& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + quoted(text);
  return "[" + out + "]";
}

}  // namespace

std::string to_toml(std::int64_t integer) {
  std::string digits = std::to_string(integer);
  const std::size_t sign = integer < 0 ? 1 : 0;
  if (digits.size() - sign < 5) return digits;
  for (std::size_t end = digits.size(); end > sign + 3;) digits.insert(end -= 3, "_");
  return digits;
}

std::string to_toml(const Value& value) {
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return to_toml(*integer);
  if (const auto* floating = std::get_if<double>(&value)) return number(*floating);
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  if (const auto* texts = std::get_if<TextList>(&value)) return list(*texts);
  return std::string(std::get<Unsupported>(value).what);
}

std::string in_words(const Value& value) {
  std::string_view kind;
  if (std::holds_alternative<bool>(value)) kind = "the boolean ";
  if (std::holds_alternative<std::int64_t>(value)) kind = "the integer ";
  if (std::holds_alternative<double>(value)) kind = "the number ";
  if (std::holds_alternative<std::string>(value)) kind = "the string ";
  if (std::holds_alternative<TextList>(value)) kind = "the list ";
  return std::string(kind) + to_toml(value);
}

}  // namespace gyre::config
