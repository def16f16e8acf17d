// Measures what the swarms must keep to at every size: memory, announces per second, the longest
// wait, the cost of forgetting. Prints a table of figures and goals.
//
//   swarm_store_benchmark [--section NAME]... [--json FILE] [--check]
//
// Each case runs in a process of its own, which is this program again.
#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iostream>

#include "common/base/text.hpp"
#include "common/process/workers.hpp"
#include "swarm_store_cases.hpp"

namespace {

using namespace gyre;
using namespace gyre::bench;

struct Options {
  std::vector<std::string> sections;
  std::string json_path;
  std::string case_name;
  CaseContext context;
  bool check = false;
};

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& cases :
       {memory_cases(), speed_cases(), growth_cases(), expiry_cases(), cache_cases()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

// What the process prints, or nothing if it failed; it has said why.
std::string output_of(std::vector<std::string> command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  Fd readable(ends[0]);
  Fd writable(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return {};
  if (child == 0) {
    std::vector<char*> arguments;
    for (std::string& argument : command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    ::dup2(writable.get(), STDOUT_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  writable = Fd();
  std::string output;
  std::array<char, 4096> buffer;
  for (ssize_t got = 0; (got = ::read(readable.get(), buffer.data(), buffer.size())) != 0;) {
    if (got < 0 && errno != EINTR) break;
    output.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status == 0 ? output : std::string();
}

std::vector<Row> run_case(const Options& options, const std::string& name) {
  std::cerr << name << "..." << std::flush;
  auto rows = parse_lines(
      output_of({"/proc/self/exe", "--case", name, "--scale", std::to_string(options.context.scale),
                 "--rounds", std::to_string(options.context.rounds), "--announces",
                 std::to_string(options.context.announces), "--rest",
                 std::to_string(options.context.rest_s), "--lock", options.context.lock_path}));
  std::cerr << (rows.empty() ? " failed\n" : " done\n");
  return rows;
}

// In the process of the case, on a thread that is worker and cleaner.
int measure_one(Options& options) {
  process::disable_thread_cache();
  for (const Case& each : all_cases()) {
    if (each.name != options.case_name) continue;
    options.context.section = each.section;
    options.context.run_other = [&options](const std::string& name) {
      return run_case(options, name);
    };
    each.run(options.context);
    std::cout << to_lines(options.context.rows) << std::flush;
    return 0;
  }
  std::cerr << "no case is called \"" << options.case_name << "\"\n";
  return 2;
}

int measure_all(const Options& options) {
  std::vector<Row> rows;
  bool complete = true;
  for (const Case& each : all_cases()) {
    const bool chosen = options.sections.empty() ||
                        std::ranges::find(options.sections, each.section) != options.sections.end();
    if (each.hidden || !chosen) continue;
    const auto measured = run_case(options, each.name);
    complete = complete && !measured.empty();
    rows.insert(rows.end(), measured.begin(), measured.end());
  }
  std::cout << to_table(rows) << std::flush;
  if (!options.json_path.empty()) {
    std::ofstream file(options.json_path);
    file << to_json(rows);
    if (!file.flush()) {
      std::cerr << options.json_path << ": " << errno_text() << '\n';
      return 1;
    }
  }
  const bool all_met =
      std::ranges::all_of(rows, [](const Row& row) { return row.goal.met_by(row.value); });
  return complete && (all_met || !options.check) ? 0 : 1;
}

}  // namespace

int main(int argument_count, char** arguments) {
  CLI::App app("Memory, speed and expiry of the swarms, with the goals for them");
  gyre::process::start_allocator_thread();
  Options options;
  app.add_option("--section", options.sections, "only these; may be repeated")
      ->check(CLI::IsMember({"memory", "speed", "growth", "expiry"}));
  app.add_option("--json", options.json_path, "write all figures to this file too");
  app.add_flag("--check", options.check, "exit with 1 if a goal is missed");
  app.add_option("--rounds", options.context.rounds, "of what is measured by time")
      ->check(CLI::Range(1, 1000));
  app.add_option("--announces", options.context.announces, "in each round")
      ->check(CLI::Range(1U, 100'000'000U));
  app.add_option("--rest", options.context.rest_s,
                 "seconds until memory is looked at after a cleaning");
  app.add_option("--scale", options.context.scale,
                 "multiplies all numbers of peers; there are goals for 1 only")
      ->check(CLI::Range(1e-6, 1.0));
  app.add_option("--lock", options.context.lock_path,
                 "hold a lock on this file while time is measured, so that others can wait");
  app.add_option("--case", options.case_name, "measure one case in this process, and print lines");
  CLI11_PARSE(app, argument_count, arguments);
  return options.case_name.empty() ? measure_all(options) : measure_one(options);
}
