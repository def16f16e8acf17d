// Walks JSON that simdjson has found the structure of, and sees to it that each value that is
// walked over is valid to its last byte: on demand, simdjson looks at nothing that nobody asks for.
// Between simdjson and Parser, which knows what members mean; nobody else includes this.
//
// Each function that takes a value consumes it, and says false if it is not valid, nested too
// deeply, or has more members than anybody needs: then the message is over, and what follows was
// not looked at.
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

  // A message begins.
  void begin() { depth_ = member_count_ = 0; }
  bool is_too_deep() const { return depth_ > json_depth_max; }
  bool has_too_many_members() const { return member_count_ > json_members_max; }

  static bool is_object(Value& json) { return json.raw_json_token().starts_with('{'); }
  static bool is_array(Value& json) { return json.raw_json_token().starts_with('['); }
  static std::string_view without_blanks_behind(std::string_view text);
  // The text of a value that is neither; of the others their first character. Consumes nothing.
  static std::string_view token_of(Value& json);
  // What is between the quotes; nothing if it is no string, which is not consumed then. Its escapes
  // may still be wrong.
  static std::optional<std::string_view> string_in(Value& json);

  // Any value.
  bool check(Value& json);
  // Nothing where the value is no number.
  bool take_number(Value& json, std::optional<Number>& number);

  // Calls take(key, value) for each member, take(value) for each element, which take them.
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
  std::size_t member_count_ = 0;  // of all objects and arrays, as far as they were walked
};

}  // namespace gyre::ws
