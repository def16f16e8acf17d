#include "common/tracker/memory_watch.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/process/host.hpp"
#include "common/process/workers.hpp"

namespace gyre::tracker {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

}  // namespace

std::uint64_t memory_limit(std::uint64_t max_memory) {
  constexpr std::uint64_t memory_unknown = 512 * mib;
  if (max_memory > 0) return max_memory;
  const std::uint64_t usable = process::usable_memory();
  return (usable > 0 ? usable : memory_unknown) / 5 * 4;
}

std::uint64_t memory_limit_now(std::uint64_t limit, const process::MemoryUse& use,
                               std::uint64_t system_memory) {
  constexpr std::uint64_t reserve_max = 512 * mib;
  constexpr std::uint64_t own_min = 64 * mib;
  const std::uint64_t reserve = std::min(system_memory / 10, reserve_max);
  const std::uint64_t more = use.available - std::min(use.available, reserve);
  const std::uint64_t own = std::min(limit, std::max(own_min, limit / 4));
  return more > limit ? limit : std::clamp(use.resident + more, own, limit);
}

MemoryWatch::MemoryWatch(std::uint64_t max_memory, swarm::Budget& budget)
    : budget_(budget), limit_(memory_limit(max_memory)), system_memory_(process::usable_memory()) {
  const swarm::BudgetLimits& counts = budget.limits();
  const auto part = [](std::uint64_t count, std::uint64_t unlimited, const char* what) {
    return count < unlimited ? fmt::format(", {} {}", count, what) : std::string();
  };
  constexpr swarm::BudgetLimits unlimited;
  spdlog::info(fmt::format("limits: {} MiB of memory{}{}", limit_ / mib,
                           part(counts.peers, unlimited.peers, "peers"),
                           part(counts.torrents, unlimited.torrents, "torrents")));
  check();
}

Result MemoryWatch::start(Core& core) {
  return core.start_thread("memory", [this](const std::stop_token& stop) -> Result {
    run(stop);
    return {};
  });
}

void MemoryWatch::run(const std::stop_token& stop) {
  process::disable_thread_cache();
  while (!stop.stop_requested()) {
    check();
    process::wait_for_stop(stop, std::chrono::seconds(1));
  }
}

void MemoryWatch::check() {
  const process::MemoryUse use = gauge_.read();
  resident_.store(use.resident, std::memory_order_relaxed);
  budget_.set_memory(use.resident, memory_limit_now(limit_, use, system_memory_));
  if (!budget_.update_scarcity()) return;
  if (budget_.is_scarce()) {
    spdlog::warn(fmt::format(
        "{}. New torrents and peers take the place of others, of the network that has most "
        "(gyre_torrents_evicted_total, gyre_peers_evicted_total), and peers expire sooner",
        scarcity_text(use)));
  } else {
    spdlog::info("memory, peers and torrents are below three quarters of their limits again");
  }
}

// Which limit is near, and what can be done about it.
std::string MemoryWatch::scarcity_text(const process::MemoryUse& use) const {
  const swarm::BudgetLimits& limits = budget_.limits();
  const auto is_near = [](std::uint64_t count, std::uint64_t limit) {
    return static_cast<double>(count) >= swarm::Budget::scarce_from * static_cast<double>(limit);
  };
  if (is_near(budget_.torrent_count(), limits.torrents)) {
    return fmt::format("limits.max_torrents is nearly reached: {} of {}", budget_.torrent_count(),
                       limits.torrents);
  }
  if (is_near(budget_.peer_count(), limits.peers)) {
    return fmt::format("limits.max_peers is nearly reached: {} of {}", budget_.peer_count(),
                       limits.peers);
  }
  const std::uint64_t now = budget_.memory_limit();
  if (now < limit_) {
    return fmt::format(
        "memory is short: {} of {} MiB in use; others have left {} MiB of the machine or cgroup, "
        "too little for the {} MiB that limits.max_memory allows",
        use.resident / mib, now / mib, use.available / mib, limit_ / mib);
  }
  return fmt::format("limits.max_memory is nearly reached: {} of {} MiB", use.resident / mib,
                     now / mib);
}

void MemoryWatch::write_metrics(metrics::ExpositionWriter& out) const {
  const std::uint64_t expected = budget_.expected_memory();
  const std::uint64_t resident = resident_.load(std::memory_order_relaxed);
  out.gauge("gyre_memory_limit_bytes",
            "Memory that the process may use now: limits.max_memory, or less if the system has "
            "less left.",
            "", budget_.memory_limit());
  out.gauge("gyre_memory_unaccounted_bytes",
            "Resident memory beyond what peers and torrents take by estimate: code, buffers, "
            "connections, TLS, and free memory between them.",
            "", resident - std::min(resident, expected));
  out.gauge("gyre_budget_scarce",
            "1 while most of a limit of memory, peers or torrents is in use, so that torrents are "
            "evicted and peers expire sooner.",
            "", std::uint64_t{budget_.is_scarce() ? 1U : 0U});
}

}  // namespace gyre::tracker
