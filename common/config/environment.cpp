#include "common/config/environment.hpp"

#include <unistd.h>

#include "common/base/numbers.hpp"
#include "common/base/text.hpp"
#include "common/config/text.hpp"

namespace gyre::config {
namespace {

constexpr std::string_view prefix = "GYRE_";

// As in TOML, an underscore is allowed between two digits.
std::optional<std::string> without_digit_separators(std::string_view text) {
  const auto is_digit = [&](std::size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '9';
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (i == 0 || !is_digit(i - 1) || !is_digit(i + 1)) {
      return std::nullopt;
    }
  }
  return out;
}

// Text that is not a number stays text, which the setting rejects with its own message.
template <class Number>
Value number_in(const std::string& text) {
  const auto digits = without_digit_separators(text);
  if (!digits) return text;
  const auto number = number_from<Number>(*digits);
  if (!number) return text;
  return *number;
}

TextList list_in(std::string_view text) {
  TextList list;
  if (trimmed(text).empty()) return list;
  for (;;) {
    const std::size_t comma = text.find(',');
    list.emplace_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return list;
    text.remove_prefix(comma + 1);
  }
}

Value value_in(Kind kind, const std::string& text) {
  switch (kind) {
    case Kind::boolean:
      if (text == "true") return true;
      if (text == "false") return false;
      return text;
    case Kind::integer:
      return number_in<std::int64_t>(text);
    case Kind::number:
      return number_in<double>(text);
    case Kind::address_list:
    case Kind::text_list:
      return list_in(text);
    case Kind::text:
    case Kind::choice:
    case Kind::address:
      return text;
  }
  return text;
}

const Setting* find_by_variable(const Schema& schema, std::string_view name) {
  for (const Section& section : schema.sections()) {
    for (const Setting& setting : section.settings) {
      if (environment_name(setting) == name) return &setting;
    }
  }
  return nullptr;
}

// Compares without the common prefix, which would make all short names look alike.
std::string unknown_variable_warning(const Schema& schema, std::string_view name) {
  std::vector<std::string> names;
  for (const Section& section : schema.sections()) {
    for (const Setting& setting : section.settings) {
      names.push_back(environment_name(setting).substr(prefix.size()));
    }
  }
  std::string warning = std::string(name) + ": not a setting of this program, ignored";
  const auto guess = nearest(name.substr(prefix.size()), names);
  if (guess) warning += "; did you mean " + std::string(prefix) + *guess + "?";
  return warning;
}

}  // namespace

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

std::string environment_name(const Setting& setting) {
  std::string name(prefix);
  for (const char c : upper_case(setting.path)) {
    if (c == '.') {
      name += "__";
    } else {
      name += c;
    }
  }
  return name;
}

std::vector<std::string> read_environment(const Environment& environment, const Schema& schema,
                                          std::vector<std::string>& warnings) {
  std::vector<std::string> errors;
  for (const auto& [name, text] : environment) {
    if (!name.starts_with(prefix)) continue;
    const Setting* const setting = find_by_variable(schema, name);
    if (setting == nullptr) {
      warnings.push_back(unknown_variable_warning(schema, name));
      continue;
    }
    const auto assigned = setting->assign(value_in(setting->kind, text));
    if (!assigned) errors.push_back(name + ": " + assigned.error());
  }
  return errors;
}

}  // namespace gyre::config
