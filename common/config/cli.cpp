#include "common/config/cli.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "common/base/numbers.hpp"
#include "common/config/print.hpp"
#include "common/config/text.hpp"
#include "common/config/toml_reader.hpp"

namespace gyre::config {
namespace {

constexpr std::size_t help_width = 80;

struct CommandLine {
  std::string file_name;
  bool has_file = false;
  bool print_defaults = false;
  bool print_effective = false;
  bool print_reference = false;
};

std::string help_examples(const ProgramInfo& program) {
  const std::string name(program.name);
  const std::vector<std::pair<std::string, std::string_view>> examples = {
      {name, "run with the defaults"},
      {fmt::format("{0} -p > {0}.toml", name), "write a file with every setting explained"},
      {fmt::format("{0} -c {0}.toml", name), "run with the settings of that file"},
      {fmt::format("{0} -P -c {0}.toml", name), "check that file, print the result"},
      {fmt::format("{} {}", program.override_example, name), "override one setting for one run"}};
  std::size_t width = 32;
  for (const auto& [command, meaning] : examples) width = std::max(width, command.size());
  std::string out;
  for (const auto& [command, meaning] : examples) {
    out += fmt::format("  {:<{}} {}\n", command, width, meaning);
  }
  return out;
}

std::string help_footer(const ProgramInfo& program) {
  return fmt::format(
      "Examples:\n{}\nEnvironment:\n{}\nSignals:\n{}", help_examples(program),
      wrap("GYRE_KEY overrides a setting above the first section, GYRE_SECTION__KEY (with "
           "two underscores) a setting in a section. Values are written without quotes, "
           "lists separated by commas. The environment takes precedence over the file.",
           "  ", help_width),
      wrap(program.signals, "  ", help_width));
}

void declare_options(CLI::App& app, CommandLine& command, const ProgramInfo& program) {
  app.set_help_flag("-h,--help", "Print this text and exit");
  app.set_version_flag("-v,--version", version_line(program), "Print the version and exit");
  app.add_option("-c,--config-file", command.file_name, "Read settings from a TOML file")
      ->type_name("FILE");
  app.add_flag("-p,--print-config", command.print_defaults,
               "Print the defaults as commented TOML and exit");
  app.add_flag("-P,--print-effective", command.print_effective,
               "Check file and environment, print the result, exit");
  app.add_flag("--print-reference", command.print_reference,
               "Print all settings as a Markdown page and exit");
  app.footer(help_footer(program));
}

// CLI11's own check names a range of doubles, and accepts numbers beyond 64 bits.
std::string positive_problem(const std::string& text) {
  return number_from<std::int64_t>(text).value_or(0) > 0
             ? ""
             : "expected a positive number, found \"" + text + "\"";
}

void declare_extra_options(CLI::App& app, std::span<const ExtraOption> extra_options) {
  for (const auto& [name, text, value] : extra_options) {
    if (auto* const* flag = std::get_if<bool*>(&value)) {
      app.add_flag(std::string(name), **flag, std::string(text));
    } else {
      app.add_option(std::string(name), *std::get<std::int64_t*>(value), std::string(text))
          ->check(positive_problem)
          ->type_name("NUMBER");
    }
  }
}

// The exit code, or none if the program should go on.
std::optional<ExitCode> parse_arguments(const Invocation& invocation, const ProgramInfo& program,
                                        std::span<const ExtraOption> extra_options,
                                        CommandLine& command) {
  CLI::App app(wrap(program.summary, "", help_width), std::string(program.name));
  declare_options(app, command, program);
  declare_extra_options(app, extra_options);
  std::vector<std::string> arguments(invocation.arguments.rbegin(), invocation.arguments.rend());
  try {
    app.parse(std::move(arguments));  // CLI11 wants the last argument first
  } catch (const CLI::Success& success) {
    app.exit(success, invocation.out, invocation.err);
    return ExitCode::success;
  } catch (const CLI::ParseError& error) {
    invocation.err << program.name << ": " << error.what() << '\n'
                   << fmt::format("Usage: {0} [-c FILE] [-p | -P], or {0} --help\n", program.name);
    return ExitCode::bad_usage;
  }
  command.has_file = app.count("--config-file") > 0;
  return std::nullopt;
}

ExitCode print(const Invocation& invocation, const ProgramInfo& program, const std::string& text) {
  invocation.out << text << std::flush;
  if (invocation.out.good()) return ExitCode::success;
  invocation.err << program.name << ": cannot write to standard output\n";
  return ExitCode::bad_configuration;
}

// Rules between settings are checked last: a rejected setting still holds its default, and errors
// about values that the operator did not write would confuse.
std::vector<std::string> read_settings(const Invocation& invocation, const CommandLine& command,
                                       const ProgramInfo& program, const Schema& schema,
                                       const std::function<std::vector<std::string>()>& validate) {
  std::vector<std::string> errors;
  if (command.has_file) errors = read_toml_file(command.file_name, schema);
  std::vector<std::string> warnings;
  const auto more_errors = read_environment(invocation.environment, schema, warnings);
  for (const std::string& warning : warnings) {
    invocation.err << program.name << ": warning: " << warning << '\n';
  }
  errors.insert(errors.end(), more_errors.begin(), more_errors.end());
  if (!errors.empty()) return errors;

  const std::string source = command.has_file ? command.file_name : "configuration";
  for (const std::string& problem : validate())
    errors.push_back(fmt::format("{}: {}", source, problem));
  return errors;
}

void report_errors(const Invocation& invocation, const ProgramInfo& program,
                   const std::vector<std::string>& errors) {
  for (const std::string& error : errors) invocation.err << error << '\n';
  invocation.err << fmt::format(
      "{0}: {1} error{2} in the configuration; {0} -p explains every setting\n", program.name,
      errors.size(), errors.size() == 1 ? "" : "s");
}

}  // namespace

std::string version_line(const ProgramInfo& program) {
  return fmt::format("{} {}{}{}", program.name, program.version,
                     program.library.empty() ? "" : ", ", program.library);
}

Invocation process_invocation(int argc, const char* const* argv) {
  return {.arguments = {argv + std::min(argc, 1), argv + argc},
          .environment = process_environment(),
          .out = std::cout,
          .err = std::cerr};
}

std::optional<ExitCode> run_command_line(const Invocation& invocation, const ProgramInfo& program,
                                         const Schema& schema,
                                         const std::function<std::vector<std::string>()>& validate,
                                         std::span<const ExtraOption> extra_options) {
  CommandLine command;
  if (const auto exit = parse_arguments(invocation, program, extra_options, command)) return exit;
  if (command.print_defaults) return print(invocation, program, print_toml(schema));
  if (command.print_reference) {
    return print(invocation, program, print_reference(schema, program.name));
  }
  const auto errors = read_settings(invocation, command, program, schema, validate);
  if (!errors.empty()) {
    report_errors(invocation, program, errors);
    return ExitCode::bad_configuration;
  }
  if (command.print_effective) return print(invocation, program, print_toml(schema));
  return std::nullopt;
}

}  // namespace gyre::config
