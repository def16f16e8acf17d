#include "ws/json_walk.hpp"

#include "ws/json_text.hpp"

namespace gyre::ws {
namespace {

using simdjson::ondemand::json_type;

// The raw text of a key that begins at `begin`, up to its closing quote.
std::string_view raw_key(const char* begin) {
  const char* end = begin;
  for (; *end != '"'; ++end) {
    if (*end == '\\') ++end;
  }
  return {begin, end};
}

}  // namespace

std::string_view JsonWalk::without_blanks_behind(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last + 1);
}

std::string_view JsonWalk::token_of(Value& json) {
  return without_blanks_behind(json.raw_json_token());
}

// Consumes the string: otherwise a colon after it would make it a key.
std::optional<std::string_view> JsonWalk::string_in(Value& json) {
  const std::string_view token = token_of(json);
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') return std::nullopt;
  if (json.get_raw_json_string().error()) return std::nullopt;
  return token.substr(1, token.size() - 2);
}

std::optional<std::string_view> JsonWalk::key_of(simdjson::ondemand::field& member) {
  const std::string_view raw = raw_key(member.key().raw());
  if (!raw.contains('\\')) return raw;
  std::string_view key;
  if (!has_valid_escapes(raw) || member.unescaped_key().get(key)) return std::nullopt;
  return key;
}

bool JsonWalk::check(Value& json) {
  json_type type{};
  if (json.type().get(type)) return false;
  switch (type) {
    case json_type::object:
      return for_members(json, [this](std::string_view, Value& member) { return check(member); });
    case json_type::array:
      return for_elements(json, [this](Value& element) { return check(element); });
    case json_type::string: {
      const auto inner = string_in(json);
      return inner && has_valid_escapes(*inner);
    }
    case json_type::number:
      return !json.get_number().error();
    case json_type::boolean:
      return !json.get_bool().error();
    case json_type::null:
      return !json.is_null().error();
  }
  return false;
}

bool JsonWalk::take_number(Value& json, std::optional<Number>& number) {
  number.reset();
  const char first = json.raw_json_token().front();
  if (first != '-' && (first < '0' || first > '9')) return check(json);
  return !json.get_number().get(number.emplace());
}

}  // namespace gyre::ws
