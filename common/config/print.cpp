#include "common/config/print.hpp"

#include <fmt/format.h>

#include "common/config/environment.hpp"
#include "common/config/text.hpp"

namespace gyre::config {
namespace {

constexpr std::size_t comment_width = 80;

// Where the comment's words and the default do not already show what is allowed.
bool needs_expectation(Kind kind) {
  return kind == Kind::integer || kind == Kind::number || kind == Kind::choice;
}

std::string as_sentence(std::string text) {
  text.front() = upper_case(text.substr(0, 1)).front();
  return text + '.';
}

std::string toml_setting(const Setting& setting) {
  std::string out = wrap(setting.text, "# ", comment_width);
  if (needs_expectation(setting.kind)) {
    out += wrap(as_sentence(setting.expectation), "# ", comment_width);
  }
  return out + fmt::format("{} = {}\n", setting.key, to_toml(setting.get()));
}

std::string reference_introduction(std::string_view program) {
  return fmt::format(
      "# Configuration of {0}\n\n"
      "<!-- Made by `{0} --print-reference` from the declarations in the source. Do not edit. -->\n"
      "\n"
      "    {0} -p > {0}.toml       # a file with every setting at its default\n"
      "    {0} -c {0}.toml         # runs with it\n"
      "    {0} -P -c {0}.toml      # checks it, and prints what would be in effect\n\n"
      "A setting that the file leaves out keeps its default. An unknown key, a wrong type and a\n"
      "value out of range are errors that name the line. Environment variables have the last word\n"
      "over the file; they take the value as bare text, and a list separated by commas.\n",
      program);
}

std::string reference_setting(const Setting& setting) {
  return fmt::format(
      "\n### {}\n\n"
      "- Default: `{}`\n"
      "- Takes: {}\n"
      "- Environment: `{}`\n\n"
      "{}",
      setting.path, to_toml(setting.get()), setting.expectation, environment_name(setting),
      wrap(setting.text, "", 100));
}

}  // namespace

std::string print_toml(const Schema& schema) {
  std::string out;
  for (const Section& section : schema.sections()) {
    if (!section.name.empty()) {
      if (!out.empty()) out += '\n';
      out += wrap(section.text, "# ", comment_width) + fmt::format("[{}]\n", section.name);
    }
    for (const Setting& setting : section.settings) {
      if (!out.empty()) out += '\n';
      out += toml_setting(setting);
    }
  }
  return out;
}

std::string print_reference(const Schema& schema, std::string_view program) {
  std::string out = reference_introduction(program);
  for (const Section& section : schema.sections()) {
    if (section.name.empty() && !section.settings.empty()) {
      out += "\n## Above the first section\n";
    } else if (!section.name.empty()) {
      out += fmt::format("\n## [{}]\n\n{}", section.name, wrap(section.text, "", 100));
    }
    for (const Setting& setting : section.settings) out += reference_setting(setting);
  }
  return out;
}

}  // namespace gyre::config
