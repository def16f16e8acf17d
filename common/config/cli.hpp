// The command line that every program of the suite has, between main and the configuration: it
// prints help, defaults, the effective settings or the reference, or hands the settings over to be
// run. It starts nothing and logs nothing.
//
// Order of precedence: environment, then the file, then the defaults.
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
    "SIGTERM, SIGINT   stop: requests in hand are answered, then the program ends\n"
    "SIGHUP, SIGUSR1   read the access list again";

struct ProgramInfo {
  std::string_view name;                       // "gyre_udp"
  std::string_view version;                    // "0.1.0"
  std::string_view summary;                    // what the program is, a short paragraph
  std::string_view override_example;           // "GYRE_SOCKET_WORKERS=2"
  std::string_view signals = tracker_signals;  // what the program does on which; lines
  std::string_view library{};                  // linked in, to be named with its revision
};

// "gyre_ws 0.1.0, wolfSSL 5.7.2-0.1+deb13u2": what `-v` prints and the log begins with.
std::string version_line(const ProgramInfo& program);

// An option that only one program has, for what is no setting.
struct ExtraOption {
  std::string_view name;  // "--tracker-pid"
  std::string_view text;
  std::variant<bool*, std::int64_t*> value;  // a switch, or a positive number
};

// What a process gets from its parent, so that tests can give it too.
struct Invocation {
  std::vector<std::string> arguments;  // without the program's name
  Environment environment;
  std::ostream& out;
  std::ostream& err;
};

Invocation process_invocation(int argc, const char* const* argv);

// Reads the settings into the struct behind `schema`, which holds the defaults when called.
// `validate` is asked when every single setting is in order. An exit code means that the run ends
// here, with everything said; none means that the settings are ready.
std::optional<ExitCode> run_command_line(const Invocation& invocation, const ProgramInfo& program,
                                         const Schema& schema,
                                         const std::function<std::vector<std::string>()>& validate,
                                         std::span<const ExtraOption> extra_options = {});

// The settings to run with, or what to exit with. Wants, beside `describe`, a function
//   std::vector<std::string> validate(const Config&);
// for the rules between settings: one "section.key: message" for each that is broken.
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
