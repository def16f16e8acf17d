// What every Prometheus client tells about its process, under the usual names: start time, memory,
// open descriptors and CPU time.
//
// Everything that /proc has to give is opened on creation, so that scraping goes on after chroot
// and after root is given up. What cannot be read is left out.
#pragma once

#include <dirent.h>

#include <memory>
#include <optional>

#include "common/base/fd.hpp"
#include "common/metrics/text_writer.hpp"

namespace gyre::metrics {

class ProcessMetrics {
 public:
  ProcessMetrics();

  // Threading: by one thread at a time.
  void write(TextWriter& out) const;

 private:
  struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
  };

  std::optional<std::uint64_t> resident_memory_bytes() const;
  std::optional<std::uint64_t> open_fd_count() const;

  std::optional<double> start_time_;  // seconds since the epoch
  Fd statm_;
  std::unique_ptr<DIR, CloseDirectory> fds_;
};

}  // namespace gyre::metrics
