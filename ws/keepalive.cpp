#include "ws/keepalive.hpp"

#include <algorithm>

namespace gyre::ws {

using connection::CloseReason;
using connection::DeadlineList;

Keepalive::Keepalive(const WorkerOptions& options, connection::Transport& transport, Outbox& outbox,
                     WorkerMetrics& metrics)
    : transport_(transport),
      outbox_(outbox),
      metrics_(metrics),
      unproven_(options.first_announce_time_max_ns),
      silent_(options.ping_interval_ns),
      pinged_(options.pong_time_max_ns) {}

void Keepalive::prove(Connection& connection) {
  DeadlineList::remove(connection);
  silent_.append(connection, now_ns_);
}

// Those who are unproven keep their time.
void Keepalive::hear(Connection& connection) {
  connection.awaits_pong = false;
  if (connection.stream->is_proven()) prove(connection);
}

// It may have nothing to say for long; so nothing is made of its own deadline but this.
void Keepalive::ping(Connection& connection) {
  DeadlineList::remove(connection);
  pinged_.append(connection, now_ns_);
  connection.awaits_pong = true;
  metrics_.count(WorkerCounter::pings_sent);
  outbox_.send_frame(connection, {.opcode = Opcode::ping}, {});
}

void Keepalive::probe(Connection& connection) {
  if (!connection.awaits_pong) ping(connection);
}

void Keepalive::expire() {
  const auto each_due = [this](DeadlineList& list, auto act) {
    for (auto* link = list.oldest(); link != nullptr && link->due_ns <= now_ns_;
         link = list.oldest()) {
      DeadlineList::remove(*link);
      auto& connection = static_cast<Connection&>(*link);
      const bool is_closing = !connection.stream->open || connection.close_reason;
      if (!is_closing) act(connection);
    }
  };
  each_due(pinged_, [this](Connection& connection) {
    transport_.close(*connection.stream, CloseReason::no_pong, true);
  });
  each_due(silent_, [this](Connection& connection) { ping(connection); });
  each_due(unproven_, [this](Connection& connection) {
    outbox_.send_close(connection, CloseCode::policy, "no announce in time",
                       CloseReason::no_announce);
  });
}

std::uint64_t Keepalive::next_due_ns() {
  std::uint64_t due_ns = ~std::uint64_t{0};
  for (DeadlineList* list : {&unproven_, &silent_, &pinged_}) {
    if (const auto* link = list->oldest()) due_ns = std::min(due_ns, link->due_ns);
  }
  return due_ns;
}

}  // namespace gyre::ws
