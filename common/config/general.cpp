#include "common/config/general.hpp"

namespace gyre::config {

void describe_log_level(Schema& schema, LogLevel& log_level) {
  schema.setting("log_level", log_level, log_level_names,
                 "How much is logged to standard error. \"info\" logs starts, stops and reloads; "
                 "single requests are logged at \"debug\" and \"trace\" only.");
}

void describe_socket_workers(Schema& schema, std::uint32_t& socket_workers) {
  schema.setting(
      "socket_workers", socket_workers,
      "Worker threads, each with its own sockets. 0: one per CPU core. Under a CPU quota "
      "(cpu.max, CPUQuota=), which is not looked at, set it to what the quota allows.",
      Integers{0, 1024});
}

}  // namespace gyre::config
