#include "common/tracker/connection_limits.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>

#include "common/base/check.hpp"
#include "common/process/host.hpp"
#include "common/tls/context.hpp"

namespace gyre::tracker {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t connections_min = 16;
// Unless configured: what one machine serves before its network is the limit.
constexpr std::uint64_t connections_by_default_max = 100'000;
constexpr std::uint64_t handshakes_min = 64;
constexpr std::uint64_t handshakes_max = 4096;
// The kernel's share of an idle connection, which counts against a cgroup's memory.
constexpr std::uint64_t kernel_size = 4096;

std::uint64_t share(std::uint64_t memory, std::uint64_t parts, std::uint64_t most) {
  return std::min(memory / parts, most);
}

// Descriptors that are not connections: a worker's, its listeners', and a reserve, which is larger
// where many connections can come and go within one turn.
std::uint64_t other_files(const ConnectionNeeds& needs, std::uint64_t files) {
  constexpr std::uint64_t per_worker = 4;
  constexpr std::uint64_t of_process = 16;
  const std::uint64_t reserve = std::clamp<std::uint64_t>(files / 16, 32, 4096);
  return of_process + needs.worker_count * (per_worker + needs.listener_count) + reserve;
}

// For the log message when a limit is reached.
std::atomic<std::uint32_t> connection_limit{0};
std::atomic<std::uint32_t> handshake_limit{0};

// Logs the limits, and a warning if the operator should act.
void log_limits(const ConnectionNeeds& needs, const ConnectionLimits& limits, std::uint64_t memory,
                std::uint64_t files) {
  spdlog::info(fmt::format(
      "limits: {} connections{}", limits.connections,
      needs.secure ? fmt::format(", {} TLS handshakes", limits.handshakes) : std::string()));
  if (limits.is_limited_by_files) {
    spdlog::warn(fmt::format(
        "the limit of {} open files allows only {} connections{}; raise it with ulimit -n or "
        "systemd's LimitNOFILE=",
        files, limits.connections,
        needs.configured_connections > 0
            ? fmt::format(", not the {} of limits.max_connections", needs.configured_connections)
            : std::string()));
  } else if (needs.configured_connections > 0 && memory > 0 && limits.memory_needed > memory / 2) {
    spdlog::warn(fmt::format(
        "limits.max_connections is {}: so many can take {} MiB of the {} MiB of memory; lower it, "
        "or set it to 0 for what memory allows",
        needs.configured_connections, limits.memory_needed / mib, memory / mib));
  }
  connection_limit = limits.connections;
  handshake_limit = limits.handshakes;
}

}  // namespace

ConnectionNeeds connection_needs(const config::NetworkConfig& network,
                                 std::uint32_t configured_connections, std::size_t connection_size,
                                 std::size_t worker_count, std::uint64_t max_memory) {
  return {.configured_connections = configured_connections,
          .connection_size = connection_size,
          .secure = config::wants_tls(network),
          .worker_count = worker_count,
          .listener_count = config::tcp_address_count(network),
          .max_memory = max_memory};
}

ConnectionLimits connection_limits(const ConnectionNeeds& needs, std::uint64_t memory,
                                   std::uint64_t files) {
  constexpr std::uint64_t memory_unknown = 512 * mib;
  if (memory == 0) memory = memory_unknown;
  const std::uint64_t connection_size =
      needs.connection_size + kernel_size + (needs.secure ? tls::idle_session_size() : 0);
  const std::uint64_t wanted = needs.configured_connections > 0
                                   ? needs.configured_connections
                                   : std::max(connections_min, share(memory / connection_size, 4,
                                                                     connections_by_default_max));
  const std::uint64_t others = other_files(needs, files);
  const std::uint64_t by_files = std::max(connections_min, files - std::min(files, others));
  const std::uint64_t connections = std::min(wanted, by_files);
  const std::uint64_t handshakes =
      needs.secure
          ? std::max(handshakes_min, share(memory / tls::handshake_size(), 16, handshakes_max))
          : 0;
  DCHECK(needs.worker_count > 0);
  const std::uint64_t of_worker = memory / needs.worker_count;
  ConnectionLimits limits{.connections = static_cast<std::uint32_t>(connections),
                          .handshakes = static_cast<std::uint32_t>(handshakes),
                          .input_memory = share(of_worker, 32, 64 * mib),
                          .unsent_memory = share(of_worker, 32, 256 * mib),
                          .mailbox_memory = std::max(mib, share(of_worker, 64, 32 * mib)),
                          .answers_memory = share(of_worker, 32, 96 * mib),
                          .is_limited_by_files = by_files < wanted};
  limits.memory_needed = connections * connection_size + handshakes * tls::handshake_size() +
                         needs.worker_count * (limits.input_memory + limits.unsent_memory +
                                               limits.mailbox_memory + limits.answers_memory);
  return limits;
}

ConnectionLimits limits_for(const ConnectionNeeds& needs) {
  constexpr std::uint64_t files_unknown = 1024;
  const std::uint64_t files = process::raise_file_limit().value_or(files_unknown);
  const std::uint64_t memory = needs.max_memory > 0 ? needs.max_memory : process::usable_memory();
  const ConnectionLimits limits = connection_limits(needs, memory, files);
  log_limits(needs, limits, memory, files);
  return limits;
}

namespace {

void log_untrusted_proxy() {
  static std::atomic<bool> logged{false};
  if (logged.load(std::memory_order_relaxed) || logged.exchange(true)) return;
  spdlog::warn(
      "network.proxy_protocol is on, and a connection came from outside network.trusted_networks: "
      "it was closed, as all such are (gyre_connections_closed_total, reason untrusted_proxy); if "
      "it was a proxy's, list its network; logged once");
}

}  // namespace

void log_limit_reached(connection::CloseReason reason) {
  if (reason == connection::CloseReason::untrusted_proxy) return log_untrusted_proxy();
  static std::atomic<bool> connections_logged{false};
  static std::atomic<bool> handshakes_logged{false};
  const bool is_handshakes = reason == connection::CloseReason::over_handshake_limit;
  std::atomic<bool>& logged = is_handshakes ? handshakes_logged : connections_logged;
  if (logged.load(std::memory_order_relaxed) || logged.exchange(true)) return;
  if (is_handshakes) {
    spdlog::warn(fmt::format(
        "limit of {} TLS handshakes reached: the oldest of the address with the most are closed, "
        "or new ones refused (gyre_connections_closed_total, reason over_handshake_limit); logged "
        "once",
        handshake_limit.load()));
    return;
  }
  spdlog::warn(fmt::format(
      "limit of {} connections reached (limits.max_connections, memory or open files): those that "
      "have not announced are evicted, or new ones refused (gyre_connections_closed_total, reasons "
      "evicted and over_limit); if these are real clients, raise it; logged once",
      connection_limit.load()));
}

}  // namespace gyre::tracker
