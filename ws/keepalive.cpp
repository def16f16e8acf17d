#include "ws/keepalive.hpp"

#include <algorithm>

namespace gyre::ws {

using connection::CloseReason;
using connection::DeadlineList;

static std::uint64_t ns_of(Seconds seconds) {
  return std::uint64_t{seconds} * 1'000'000'000;
}

Keepalive::Keepalive(const WorkerOptions& options, connection::Server& server, Outbox& outbox,
                     WorkerMetrics& metrics)
    : server_(server),
      outbox_(outbox),
      metrics_(metrics),
      unproven_(ns_of(options.config.first_announce_deadline)),
      silent_(ns_of(options.config.ping_interval)),
      pinged_(ns_of(options.config.pong_deadline)) {}

void Keepalive::prove(Connection& connection) {
  DeadlineList::remove(connection.session);
  silent_.append(connection.session, now_ns_);
}

// Those who are unproven keep their time.
void Keepalive::hear(Connection& connection) {
  connection.session.awaits_pong = false;
  if (connection.is_proven) prove(connection);
}

// It may have nothing to say for long; so nothing is made of its own deadline but this.
void Keepalive::ping(Connection& connection) {
  DeadlineList::remove(connection.session);
  pinged_.append(connection.session, now_ns_);
  connection.session.awaits_pong = true;
  metrics_.count(WorkerCounter::pings_sent);
  outbox_.send_frame(connection, {.opcode = Opcode::ping}, {});
}

void Keepalive::probe(Connection& connection) {
  if (!connection.session.awaits_pong) ping(connection);
}

void Keepalive::expire() {
  const auto each_due = [this](DeadlineList& list, auto act) {
    for (auto* link = list.oldest(); link != nullptr && link->due_ns <= now_ns_;
         link = list.oldest()) {
      DeadlineList::remove(*link);
      Connection& connection = *static_cast<Session*>(link)->connection;
      const bool is_closing = !connection.is_open() || connection.session.close_reason;
      if (!is_closing) act(connection);
    }
  };
  each_due(pinged_, [this](Connection& connection) {
    server_.close(connection, CloseReason::no_pong, true);
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

void Keepalive::check_invariants() const {
  for (const DeadlineList* list : {&unproven_, &silent_, &pinged_}) list->check_invariants();
}

}  // namespace gyre::ws
