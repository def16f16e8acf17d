#include "common/connection/server.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "common/connection/tokens.hpp"

namespace gyre::connection {
namespace {

using namespace std::chrono_literals;
using State = ConnectionBase::State;

constexpr auto idle_wait = 1s;
constexpr auto stop_wait = 10ms;
constexpr std::uint64_t second_ns = 1'000'000'000;

std::string ring_failure(int error_number) {
  return "io_uring: " + errno_text(error_number);
}

}  // namespace

// What waits at once is, but for a crowd that ends at once, one completion for each buffer, each
// slot and some new connections. The kernel keeps what does not fit, and loses none.
std::expected<ring::Ring, std::string> Server::create_ring(const Options& options) {
  constexpr std::uint32_t newcomers = 2048;
  return ring::Ring::create(
      {.submission_entries = 1024,
       .completion_entries =
           std::bit_ceil(options.receive_buffer_count + options.send_slot_count + newcomers)});
}

Server::Server(const Options& options, ring::Ring ring, ConnectionTable table, User& user,
               Metrics& metrics)
    : core_(options, std::move(ring), std::move(table), user, metrics),
      closing_(core_),
      acceptor_(core_, closing_),
      tls_(core_, closing_),
      input_(core_, closing_, tls_),
      handoff_(core_, closing_, input_, tls_) {}

std::expected<void, std::string> Server::set_up() {
  const Options& options = core_.options;
  if (options.talks_to_others) {
    if (auto checked = core_.ring.check_messages(); !checked) return checked;
  }
  std::vector<int> fds;
  fds.reserve(options.listeners.size());
  for (const Listener& listener : options.listeners) fds.push_back(listener.fd);
  if (auto registered = core_.ring.register_files(fds); !registered) return registered;
  auto ready = core_.receiver.set_up(options.receive_buffer_count, options.receive_buffer_size);
  if (!ready) return ready;
  core_.ring.poll_readable(options.stop_fd, token_of(Operation::stop));
  if (options.talks_to_others) wake(ring_id());
  handoff_.send_wakes();
  core_.deadlines.set_time(options.clock());
  acceptor_.arm_all();
  if (const auto submitted = core_.ring.submit(); !submitted) {
    return std::unexpected(ring_failure(submitted.error()));
  }
  return {};
}

std::expected<void, std::string> Server::run() {
  while (!finished()) {
    const std::chrono::nanoseconds wait_max = stopping_ ? stop_wait : idle_wait;
    if (const auto turned = turn(wait_max); !turned) return turned;
  }
  return {};
}

bool Server::finished() const {
  const bool is_empty = stopping_ && core_.table.used_count() == 0 && acceptor_.has_stopped();
  // Those of other workers may be on their way to this one.
  return is_empty && (core_.eviction.has_nobody() || now_ns() >= stop_deadline_ns_);
}

std::expected<void, std::string> Server::turn(std::chrono::nanoseconds wait_max) {
  const auto wait_ns = wait_time(static_cast<std::uint64_t>(wait_max.count()));
  if (const auto waited = core_.ring.wait(wait_ns); !waited) {
    return std::unexpected(ring_failure(waited.error()));
  }
  core_.deadlines.set_time(core_.options.clock());
  tls_.on_turn_begin();
  input_.on_turn_begin();
  core_.user.on_turn_begin(now_ns());
  const auto completions = core_.ring.take_completions();
  for (const ring::Completion& completion : completions) {
    handle(completion);
    closing_.release_closed();
  }
  if (!acceptor_.failure().empty()) return std::unexpected(acceptor_.failure());
  core_.user.on_timer();
  closing_.release_closed();
  input_.serve_waiting();
  expire();
  serve_waiting_for_slot();
  take_slots_back();
  if (stopping_) advance_stop(completions.empty());
  serve_waiting_for_slot();
  end_turn();
  return {};
}

// What follows calls no user for a connection that is open, but for one that leaves.
void Server::end_turn() {
  closing_.release_closed();
  core_.output.send_written();
  handoff_.hand_over();
  core_.receiver.publish_buffers();
  core_.receiver.arm_all();
  acceptor_.arm_all();
  core_.metrics.open.store(core_.table.used_count(), std::memory_order_relaxed);
  core_.metrics.ring_overflows.store(core_.ring.overflow_count(), std::memory_order_relaxed);
  core_.user.on_turn_end();
  handoff_.send_wakes();
}

// As long as nothing is due.
std::uint64_t Server::wait_time(std::uint64_t wait_max_ns) {
  const std::uint64_t now = now_ns();
  if (input_.any_waiting()) return 0;
  std::uint64_t until_ns =
      std::min({now + wait_max_ns, core_.user.next_due_ns(), core_.deadlines.next_due_ns()});
  if (acceptor_.waits_until_ns() > 0) until_ns = std::min(until_ns, acceptor_.waits_until_ns());
  return until_ns > now ? until_ns - now : 0;
}

void Server::handle(const ring::Completion& completion) {
  switch (operation_of(completion.token)) {
    case Operation::accept:
      if (auto newcomer = acceptor_.handle(completion)) open(std::move(*newcomer));
      return;
    case Operation::receive:
      return handle_receive(completion);
    case Operation::send:
      return handle_send(completion);
    case Operation::stop:
      return begin_stop();
    case Operation::woken:
      return core_.user.on_wake();
    case Operation::wake:
      return handoff_.handle_wake(completion);
  }
}

void Server::open(Detached&& newcomer) {
  ConnectionBase& connection = core_.open(std::move(newcomer));
  core_.eviction.enter(connection);
  core_.receiver.arm(connection);
  input_.begin(connection);
}

// Null: the completion is of a connection of the past.
ConnectionBase* Server::find(std::uint64_t token) {
  const std::uint32_t index = index_of(token);
  if (index >= core_.table.size()) return nullptr;
  ConnectionBase& connection = core_.table[index];
  const bool is_of_now = connection.state != State::free &&
                         connection.generation % generation_count == generation_of(token);
  return is_of_now ? &connection : nullptr;
}

void Server::handle_receive(const ring::Completion& completion) {
  const auto lease = core_.receiver.lease_of(completion);
  ConnectionBase* connection = find(completion.token);
  if (connection == nullptr) return;
  if (!completion.more()) connection->is_receiving = false;
  if (lease && completion.result > 0) {
    core_.metrics.count(Counter::rx_bytes, lease->bytes().size());
    if (connection->is_open()) input_.handle_received(*connection, lease->bytes());
  }
  if (!completion.more()) handle_receive_end(*connection, completion.result);
  connection->check_invariants();
}

void Server::handle_receive_end(ConnectionBase& connection, std::int32_t result) {
  if (connection.state == State::closing) return closing_.handle_quiet(connection);
  if (result == 0) {
    connection.has_ended = true;
    return connection.is_open() ? input_.handle_end(connection) : closing_.handle_end(connection);
  }
  if (!core_.receiver.handle_end(connection, result)) {
    closing_.close(connection, CloseReason::lost, true);
  }
}

void Server::handle_send(const ring::Completion& completion) {
  ConnectionBase* connection = find(completion.token);
  if (connection == nullptr) return;
  const bool is_whole = core_.output.handle_sent(*connection, completion.result);
  if (!connection->is_open()) {
    closing_.handle_sent(*connection, is_whole);
  } else if (!is_whole) {
    closing_.close(*connection, CloseReason::lost, true);
  } else if (!connection->is_detaching) {
    input_.handle_writable(*connection);
  }
  connection->check_invariants();
}

void Server::expire() {
  using enum CloseReason;
  const auto each_due = [this](Deadline deadline, CloseReason reason) {
    while (ConnectionBase* connection = core_.deadlines.due(deadline)) {
      closing_.close(*connection, reason, deadline == Deadline::write);
    }
  };
  each_due(Deadline::handshake, handshake_late);
  each_due(Deadline::first_request, request_late);
  each_due(Deadline::request, request_late);
  each_due(Deadline::message, request_late);
  each_due(Deadline::idle, idle_too_long);
  each_due(Deadline::write, reading_too_slow);
  each_due(Deadline::send_slot, no_send_slot);
  each_due(Deadline::lingering, answered);
}

// First those that were closed give their slots back.
void Server::serve_waiting_for_slot() {
  closing_.release_closed();
  while (ConnectionBase* connection = core_.output.next_to_write()) {
    input_.handle_writable(*connection);
  }
}

// While others wait, nobody keeps a slot for longer than that: clients that do not read could hold
// all of them for as long as the deadline is.
void Server::take_slots_back() {
  constexpr std::uint64_t held_max_ns = second_ns;
  if (!core_.output.any_waiting()) return;
  while (closing_.close_oldest(Deadline::write, CloseReason::reading_too_slow, held_max_ns)) {
  }
}

void Server::begin_stop() {
  stopping_ = true;
  stop_deadline_ns_ = now_ns() + core_.options.stop_time_max_ns;
  acceptor_.stop();
}

// When nothing more comes, those who wait for something new are closed; answers that are under way
// arrive.
void Server::advance_stop(bool is_quiet) {
  if (now_ns() >= stop_deadline_ns_) {
    for (std::uint32_t index = 0; index < core_.table.size(); ++index) {
      ConnectionBase& connection = core_.table[index];
      if (connection.state != State::free) closing_.close(connection, CloseReason::stopped, true);
    }
  }
  if (!is_quiet) return;
  for (const auto deadline :
       {Deadline::handshake, Deadline::first_request, Deadline::request, Deadline::idle}) {
    while (closing_.close_oldest(deadline, CloseReason::stopped)) {
    }
  }
}

void Server::finish(ConnectionBase& connection, CloseReason reason) {
  tls_.write_close(connection);
  closing_.finish(connection, reason);
}

bool Server::close_slowest_reader() {
  const bool is_closed =
      closing_.close_oldest(Deadline::write, CloseReason::reading_too_slow, second_ns);
  closing_.release_closed();
  return is_closed;
}

void Server::check_invariants() const {
  core_.deadlines.check_invariants();
  std::uint32_t open_count = 0;
  std::uint32_t closing_count = 0;
  std::uint32_t handshake_count = 0;
  std::size_t slot_count = core_.output.free_slot_count();
  for (std::uint32_t index = 0; index < core_.table.size(); ++index) {
    const ConnectionBase& connection = core_.table[index];
    connection.check_invariants();
    open_count += connection.is_open() ? 1 : 0;
    closing_count += connection.state == State::closing ? 1 : 0;
    slot_count += connection.has_slot ? 1 : 0;
    handshake_count += connection.tls && connection.tls->is_queued() ? 1 : 0;
    CHECK(connection.index == index);
    // At the end of a turn, on_close() has come for every connection that is not open.
    CHECK(connection.is_open() == connection.has_session);
    CHECK(connection.is_open() == connection.Member::is_queued());
  }
  CHECK(open_count == core_.eviction.size());
  CHECK(closing_count == closing_.closing_count());
  CHECK(handshake_count == core_.handshakes.size());
  CHECK(slot_count == core_.options.send_slot_count);
}

}  // namespace gyre::connection
