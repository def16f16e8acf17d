// Walks JSON whose structure simdjson has found, and validates every value to its last byte:
// simdjson's on-demand API does not check what nobody reads. Private to MessageWalk, which knows
// what members mean.
//
// Functions that take a value consume it, and return false if it is invalid, nested too deeply, or
// has too many members: then the message is invalid, and the rest of it has not been checked.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "ws/limits.hpp"

namespace gyre::ws {

class JsonWalk {
 public:
  using Value = simdjson::ondemand::value;
  using Number = simdjson::ondemand::number;

  // Starts a message.
  void begin() { depth_ = member_count_ = 0; }
  bool is_too_deep() const { return depth_ > json_depth_max; }
  bool has_too_many_members() const { return member_count_ > json_members_max; }

  static bool is_object(Value& json) { return json.raw_json_token().starts_with('{'); }
  static bool is_array(Value& json) { return json.raw_json_token().starts_with('['); }
  static std::string_view without_blanks_behind(std::string_view text);
  // The text of a scalar; of objects and arrays the first character. Consumes nothing.
  static std::string_view token_of(Value& json);
  // The string between its quotes, whose escapes are not validated. nullopt, without consuming it,
  // if the value is not a string.
  static std::optional<std::string_view> string_in(Value& json);

  // Validates any value.
  bool check(Value& json);
  // `number` is nullopt if the value is not a number.
  bool take_number(Value& json, std::optional<Number>& number);

  // Calls take(key, value) for each member, or take(value) for each element; `take` consumes it.
  template <class Take>
  bool for_members(simdjson::ondemand::object& object, const Take& take) {
    if (!descend()) return false;
    for (auto result : object) {
      simdjson::ondemand::field member;
      if (!count_member() || std::move(result).get(member)) return false;
      const auto key = key_of(member);
      if (!key || !take(*key, member.value())) return false;
    }
    --depth_;
    return true;
  }
  template <class Take>
  bool for_members(Value& json, const Take& take) {
    simdjson::ondemand::object object;
    return !json.get_object().get(object) && for_members(object, take);
  }
  template <class Take>
  bool for_elements(Value& json, const Take& take) {
    simdjson::ondemand::array array;
    if (json.get_array().get(array) || !descend()) return false;
    for (auto result : array) {
      Value element;
      if (!count_member() || std::move(result).get(element) || !take(element)) return false;
    }
    --depth_;
    return true;
  }

 private:
  static std::optional<std::string_view> key_of(simdjson::ondemand::field& member);
  bool descend() { return ++depth_ <= json_depth_max; }
  bool count_member() { return ++member_count_ <= json_members_max; }

  std::size_t depth_ = 0;
  std::size_t member_count_ = 0;  // of all objects and arrays so far
};

}  // namespace gyre::ws
