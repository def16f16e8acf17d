#include "common/connection/eviction.hpp"

#include <utility>

namespace gyre::connection {
namespace {

// So long a connection keeps its place for the first request, or the rest of one, to arrive.
constexpr std::uint64_t grace_ns = 100'000'000;
constexpr std::uint64_t stalled_ns = 1'000'000'000;

// From so many of one client on, at a limit, others come before it.
std::uint32_t largest_count_min(std::uint32_t open_count) {
  return std::max(16U, open_count / 4);
}

}  // namespace

Eviction::Eviction(const Options& options, Deadlines& deadlines)
    : options_(options),
      deadlines_(deadlines),
      count_(options.connection_count != nullptr ? *options.connection_count : own_count_) {}

bool Eviction::is_of_proxy(const std::optional<ClientAddress>& client) const {
  return options_.proxies != nullptr && (!client || options_.proxies->contains(*client));
}

bool Eviction::enter_address(const std::optional<ClientAddress>& client,
                             std::optional<ClientAddress>& counted_as) const {
  if (options_.addresses == nullptr || !client || is_of_proxy(client)) return true;
  if (!options_.addresses->enter(*client)) return false;
  counted_as = client;
  return true;
}

bool Eviction::change_address(ConnectionBase& connection, const ClientAddress& client) const {
  if (options_.addresses == nullptr || connection.counted_as == client) return true;
  leave_address(connection.counted_as);
  if (!options_.addresses->enter(client)) return false;
  connection.counted_as = client;
  return true;
}

void Eviction::leave_address(std::optional<ClientAddress>& counted_as) const {
  if (const auto client = std::exchange(counted_as, std::nullopt)) {
    options_.addresses->leave(*client);
  }
}

void Eviction::prove(ConnectionBase& connection) {
  if (connection.is_proven || !connection.is_open()) return;
  leave(connection);
  connection.is_proven = true;
  enter(connection);
}

ConnectionBase* Eviction::victim() {
  if (auto* over = deadlines_.oldest(Deadline::lingering)) return over;
  if (auto* member = unproven_.victim(deadlines_.now_ns(), grace_ns)) {
    return static_cast<ConnectionBase*>(member);
  }
  if (auto* idle = deadlines_.oldest(Deadline::idle)) return idle;
  if (auto* alone = deadlines_.oldest(Deadline::no_peers)) return alone;
  return deadlines_.oldest(Deadline::request, grace_ns);
}

ConnectionBase* Eviction::stalled_to_evict() {
  return deadlines_.oldest(Deadline::write, stalled_ns);
}

ConnectionBase* Eviction::to_evict_of_largest(std::uint16_t newcomer_bucket,
                                              std::uint32_t open_count) {
  auto* oldest = proven_.oldest_of_largest(largest_count_min(open_count));
  const bool is_of_another = oldest != nullptr && oldest->bucket != newcomer_bucket;
  return is_of_another ? static_cast<ConnectionBase*>(oldest) : nullptr;
}

Evictable Eviction::evictable(std::uint32_t open_count) {
  if (count_.load(std::memory_order_relaxed) < options_.connections_max)
    return evictable_for_nobody;
  const bool has_idle = deadlines_.oldest(Deadline::idle) != nullptr ||
                        deadlines_.oldest(Deadline::no_peers) != nullptr;
  if (has_idle || unproven_.victim(deadlines_.now_ns(), grace_ns) != nullptr) {
    return evictable_for_anybody;
  }
  const auto* oldest = proven_.oldest_of_largest(largest_count_min(open_count));
  return oldest == nullptr ? evictable_for_nobody : oldest->bucket;
}

}  // namespace gyre::connection
