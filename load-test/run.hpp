// A whole load test, from its settings to its report: starts the workers, leads them through phases
// as the mode demands, shows how it goes, and ends early when it is asked to. It knows no protocol.
#pragma once

#include <sys/types.h>

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "load-test/report.hpp"
#include "load-test/run_config.hpp"
#include "load-test/statistics.hpp"
#include "load-test/worker.hpp"

namespace gyre::load_test {

// What a protocol brings to it.
struct Job {
  // The worker `index` of RunConfig::workers. The phase outlives it.
  using MakeWorker = std::function<std::expected<std::unique_ptr<Worker>, std::string>(
      std::uint32_t index, const Phase& first_phase)>;

  RunConfig config;
  CountLayout layout;
  MakeWorker make_worker;
  std::string target;  // the tracker as a URL, for messages
};

// `tracker` is the tracker's process on this host, to watch what it and those that it has started
// use; 0 for none. The error says why there is nothing to report.
// REQUIRES: process::block_signals() was called.
std::expected<Report, std::string> run(const Job& job, pid_t tracker);

}  // namespace gyre::load_test
