#include "common/connection/deadlines.hpp"

#include "common/connection/connection.hpp"

namespace gyre::connection {

Deadlines::Deadlines(const std::array<std::uint64_t, deadline_count>& lengths) {
  constexpr std::uint64_t for_ever_ns = std::uint64_t{1} << 62;
  for (std::size_t i = 0; i < deadline_count; ++i) lists_[i].set_length(lengths[i]);
  list_of(Deadline::no_peers).set_length(for_ever_ns);
}

void Deadlines::set(ConnectionBase& connection, Deadline deadline) {
  DeadlineList::remove(connection);
  connection.deadline = deadline;
  list_of(deadline).append(connection, now_ns_);
}

void Deadlines::clear(ConnectionBase& connection) {
  DeadlineList::remove(connection);
}

bool Deadlines::is_waiting_for(const ConnectionBase& connection, Deadline deadline) {
  return connection.is_in_list() && connection.deadline == deadline;
}

ConnectionBase* Deadlines::oldest(Deadline deadline, std::uint64_t age_min_ns,
                                  const ConnectionBase* excluded) {
  DeadlineList& list = list_of(deadline);
  DeadlineLink* link = list.oldest();
  if (link != nullptr && link == excluded) link = list.after(*link);
  if (link == nullptr || list.set_at(*link) + age_min_ns > now_ns_) return nullptr;
  return static_cast<ConnectionBase*>(link);
}

ConnectionBase* Deadlines::due(Deadline deadline) {
  DeadlineLink* link = list_of(deadline).oldest();
  return link == nullptr || link->due_ns > now_ns_ ? nullptr : static_cast<ConnectionBase*>(link);
}

std::uint64_t Deadlines::next_due_ns() {
  std::uint64_t due_ns = ~std::uint64_t{0};
  for (DeadlineList& list : lists_) {
    if (const auto* link = list.oldest()) due_ns = std::min(due_ns, link->due_ns);
  }
  return due_ns;
}

}  // namespace gyre::connection
