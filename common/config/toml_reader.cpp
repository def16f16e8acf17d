#include "common/config/toml_reader.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <map>
#include <set>

#include "common/base/files.hpp"
#include "common/config/text.hpp"

namespace gyre::config {
namespace {

using Line = toml::source_index;

// The messages about each line, in their order.
using Errors = std::map<Line, std::set<std::string>>;

Value value_of(const toml::node& node);

Value value_of(const toml::array& array) {
  TextList texts;
  for (const toml::node& element : array) {
    const Value value = value_of(element);
    const auto* const text = std::get_if<std::string>(&value);
    if (text == nullptr) return Unsupported{"a list with elements other than strings"};
    texts.push_back(*text);
  }
  return texts;
}

// By exact type: toml++'s own value<T>() converts, and treats what does not fit as absent.
Value value_of(const toml::node& node) {
  if (const auto* boolean = node.as_boolean()) return boolean->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* array = node.as_array()) return value_of(*array);
  if (node.is_table()) return Unsupported{"a section"};
  return Unsupported{"a date or time"};
}

// A key of another section is probably below the wrong section header.
std::string unknown_key_message(const Schema& schema, const Section& section,
                                std::string_view key) {
  for (const Section& other : schema.sections()) {
    if (find_setting(other, key) == nullptr) continue;
    if (other.name.empty()) return "unknown key here; it belongs above the first section";
    return fmt::format("unknown key here; it belongs to section [{}]", other.name);
  }
  std::vector<std::string> keys;
  keys.reserve(section.settings.size());
  for (const Setting& setting : section.settings) keys.emplace_back(setting.key);
  return "unknown key" + suggestion(key, keys);
}

std::string unknown_section_message(const Schema& schema, std::string_view name) {
  std::vector<std::string> names;
  for (const Section& section : schema.sections().subspan(1)) names.emplace_back(section.name);
  return "unknown section" + suggestion(name, names);
}

class DocumentReader {
 public:
  explicit DocumentReader(const Schema& schema) : schema_(schema) {}

  Errors read(const toml::table& document) {
    for (auto&& [toml_key, node] : document) {
      const std::string_view key = toml_key.str();
      const Line line = toml_key.source().begin.line;
      if (const Section* section = key.empty() ? nullptr : schema_.find_section(key)) {
        read_section(*section, node, line);
      } else if (node.is_table() && find_setting(root(), key) == nullptr) {
        report(line, key, unknown_section_message(schema_, key));
      } else {
        read_setting(root(), key, node, line);
      }
    }
    return std::move(errors_);
  }

 private:
  const Section& root() const { return schema_.sections().front(); }

  void read_section(const Section& section, const toml::node& node, Line line) {
    const toml::table* const table = node.as_table();
    if (table == nullptr) {
      report(
          line, section.name,
          fmt::format("expected a section [{}], found {}", section.name, in_words(value_of(node))));
      return;
    }
    for (auto&& [key, value] : *table) {
      read_setting(section, key.str(), value, key.source().begin.line);
    }
  }

  void read_setting(const Section& section, std::string_view key, const toml::node& node,
                    Line line) {
    const Setting* const setting = find_setting(section, key);
    if (setting == nullptr) {
      const std::string path =
          section.name.empty() ? std::string(key) : fmt::format("{}.{}", section.name, key);
      report(line, path, unknown_key_message(schema_, section, key));
      return;
    }
    const auto assigned = setting->assign(value_of(node));
    if (!assigned) report(line, setting->path, assigned.error());
  }

  void report(Line line, std::string_view path, std::string_view message) {
    errors_[line].insert(fmt::format("{}: {}", path, message));
  }

  const Schema& schema_;
  Errors errors_;
};

}  // namespace

std::vector<std::string> read_toml(std::string_view document, std::string_view file_name,
                                   const Schema& schema) {
  Errors errors;
  try {
    errors = DocumentReader(schema).read(toml::parse(document));
  } catch (const toml::parse_error& error) {
    errors[error.source().begin.line].emplace(error.description());
  }
  std::vector<std::string> messages;
  for (const auto& [line, of_line] : errors) {
    for (const std::string& message : of_line) {
      messages.push_back(fmt::format("{}:{}: {}", file_name, line, message));
    }
  }
  return messages;
}

std::vector<std::string> read_toml_file(const std::string& file_name, const Schema& schema) {
  const auto contents = read_to_end(file_name);
  if (!contents) return {fmt::format("{}: cannot read the file: {}", file_name, contents.error())};
  return read_toml(*contents, file_name, schema);
}

}  // namespace gyre::config
