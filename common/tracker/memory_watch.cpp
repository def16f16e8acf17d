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
  const std::uint64_t usable = process::usable_memory();
  if (max_memory > 0) return max_memory;
  return (usable > 0 ? usable : memory_unknown) / 5 * 4;
}

std::uint64_t memory_limit_now(std::uint64_t limit, const process::MemoryUse& use,
                               std::uint64_t system_memory) {
  const std::uint64_t reserve = system_memory / 10;
  const std::uint64_t more = use.available - std::min(use.available, reserve);
  return more > limit ? limit : std::min(limit, use.resident + more);
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
        "{:.0f} % of a limit of memory, peers or torrents is in use ({} MiB, {} peers, {} "
        "torrents): new peers now cost torrents that nobody else asks for their place, and peers "
        "expire sooner (gyre_torrents_evicted_total)",
        budget_.pressure() * 100, use.resident / mib, budget_.peer_count(),
        budget_.torrent_count()));
  } else {
    spdlog::info("memory, peers and torrents are below three quarters of their limits again");
  }
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
