// The process metrics that every Prometheus client library exports, under their usual names: start
// time, memory, open descriptors and CPU time.
//
// The files in /proc are opened on creation, so that scraping survives chroot and dropped
// privileges. What cannot be read is left out.
#pragma once

#include <dirent.h>

#include <memory>
#include <optional>

#include "common/base/fd.hpp"
#include "common/metrics/exposition_writer.hpp"

namespace gyre::metrics {

class ProcessMetrics {
 public:
  ProcessMetrics();

  // Threading: one thread at a time.
  void write(ExpositionWriter& out) const;

 private:
  std::optional<std::uint64_t> resident_memory_bytes() const;
  std::optional<std::uint64_t> open_fd_count() const;

  std::optional<double> start_time_;  // seconds since the epoch
  Fd statm_;
  std::unique_ptr<DIR, int (*)(DIR*)> fds_;
};

}  // namespace gyre::metrics
