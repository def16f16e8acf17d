// The command line of every program: prints help, defaults, effective settings or the reference, or
// returns the settings to run with. Starts nothing and logs nothing.
//
// Order of precedence: environment, file, defaults.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/config/environment.hpp"
#include "common/config/schema.hpp"

namespace gyre::config {

// Values are exit statuses of the process.
enum class ExitCode : int { success = 0, bad_configuration = 1, bad_usage = 2 };

inline constexpr std::string_view tracker_signals =
    "SIGTERM, SIGINT   stop: answer what has been received, then exit\n"
    "SIGHUP, SIGUSR1   reload the lists";

struct ProgramInfo {
  std::string_view name;                       // "gyre_udp"
  std::string_view version;                    // "0.1.0"
  std::string_view summary;                    // what the program is, a short paragraph
  std::string_view override_example;           // "GYRE_SOCKET_WORKERS=2"
  std::string_view signals = tracker_signals;  // one line per signal
  std::string_view library{};                  // a library to name with its revision
};

// "gyre_ws 0.1.0, wolfSSL 5.7.2-0.1+deb13u2": what `-v` prints and the log starts with.
std::string version_line(const ProgramInfo& program);

// An option of one program that is not a setting.
struct ExtraOption {
  std::string_view name;  // "--tracker-pid"
  std::string_view text;
  std::variant<bool*, std::int64_t*> value;  // a flag, or a positive number
};

// What a process gets from its parent; tests provide their own.
struct Invocation {
  std::vector<std::string> arguments;  // without the program's name
  Environment environment;
  std::ostream& out;
  std::ostream& err;
};

Invocation process_invocation(int argc, const char* const* argv);

// Reads the settings into the struct behind `schema`. Calls `validate` once every single setting is
// valid. Returns an exit code if the program should end, after printing why; none if the settings
// are ready. REQUIRES: the struct holds the defaults.
std::optional<ExitCode> run_command_line(const Invocation& invocation, const ProgramInfo& program,
                                         const Schema& schema,
                                         const std::function<std::vector<std::string>()>& validate,
                                         std::span<const ExtraOption> extra_options = {});

// The settings to run with, or the exit code. REQUIRES: `describe` and a function
//   std::vector<std::string> validate(const Config&);
// for the rules between settings, which returns a "section.key: message" for each violation.
template <class Config>
std::variant<Config, ExitCode> from_command_line(const Invocation& invocation,
                                                 const ProgramInfo& program,
                                                 std::span<const ExtraOption> extra_options = {}) {
  Config config;
  const auto exit = run_command_line(
      invocation, program, schema_of(config), [&config] { return validate(config); },
      extra_options);
  if (exit) return *exit;
  return config;
}

template <class Config>
std::variant<Config, ExitCode> from_command_line(int argc, const char* const* argv,
                                                 const ProgramInfo& program,
                                                 std::span<const ExtraOption> extra_options = {}) {
  return from_command_line<Config>(process_invocation(argc, argv), program, extra_options);
}

}  // namespace gyre::config
