// A whole load test of a WebTorrent tracker, from its settings to its report: makes the community,
// and leaves the rest to load-test/run.hpp.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>

#include "load-test/report.hpp"
#include "load-test/ws/config.hpp"

namespace gyre::load_test::ws {

// `tracker` is the tracker's process on this host, to watch what it uses; 0 for none. Requires
// process::block_signals(). The error says why there is nothing to report.
std::expected<load_test::Report, std::string> run(const Config& config, pid_t tracker);

}  // namespace gyre::load_test::ws
