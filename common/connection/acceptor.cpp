#include "common/connection/acceptor.hpp"

#include <algorithm>
#include <cerrno>

#include "common/base/text.hpp"
#include "common/connection/tokens.hpp"

namespace gyre::connection {
namespace {

constexpr std::uint64_t pause_ns = 100'000'000;

// Errors of accept(2) that concern one connection, or a moment.
bool is_passing(int error_number) {
  switch (error_number) {
    case ECONNABORTED:
    case ECANCELED:
    case EAGAIN:
    case EINTR:
    case EPERM:  // a firewall's rule
    case EPROTO:
    case ENETDOWN:  // accept(2): of the new connection, to be treated like EAGAIN
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

bool is_shortage(int error_number) {
  return error_number == EMFILE || error_number == ENFILE || error_number == ENOBUFS ||
         error_number == ENOMEM;
}

}  // namespace

std::optional<Detached> Acceptor::handle(const ring::Completion& completion) {
  const std::uint32_t listener_index = index_of(completion.token);
  if (!completion.more()) is_accepting_[listener_index] = false;
  if (completion.result >= 0) return admit(completion.result, listener_index);
  handle_error(-completion.result, listener_index);
  return std::nullopt;
}

void Acceptor::handle_error(int error_number, std::uint32_t listener_index) {
  if (has_stopped_ || error_number == ECANCELED) return;
  if (is_shortage(error_number)) {
    core_.metrics.count(Counter::no_descriptor);
    // Until one is closed; and in case that others of the process close theirs, not for ever.
    accept_after_ns_ = core_.deadlines.now_ns() + pause_ns;
    if (closing_.closing_count() == 0) closing_.evict();
    return;
  }
  core_.metrics.count(Counter::accept_failed);
  if (is_passing(error_number)) return;
  failure_ = "accepting on " + core_.options.listeners[listener_index].name +
             " failed: " + errno_text(error_number);
}

std::optional<Detached> Acceptor::admit(int fd, std::uint32_t listener_index) {
  core_.metrics.count(Counter::accepted);
  const auto refuse = [&](CloseReason reason) {
    closing_.refuse(fd, reason);
    return std::nullopt;
  };
  std::optional<ClientAddress> client;
  if (!core_.options.listeners[listener_index].is_unix) {
    const auto name = core_.ring.peer_of(fd);
    // Reset already. What it has sent must not pass for a local proxy's, which has no address.
    if (!name) return refuse(CloseReason::lost);
    client = name->address;
  }
  if (client && core_.denies(*client) && !core_.eviction.is_of_proxy(client)) {
    return refuse(CloseReason::denied_network);
  }
  if (core_.options.proxy_protocol && !core_.eviction.is_of_proxy(client)) {
    core_.options.limit_reached(CloseReason::untrusted_proxy);
    return refuse(CloseReason::untrusted_proxy);
  }
  if (!core_.take(core_.connection_rate, client)) return refuse(CloseReason::over_connection_rate);
  // The address first: nobody is evicted for a client that is not admitted anyway.
  std::optional<ClientAddress> counted_as;
  if (!core_.eviction.enter_address(client, counted_as)) {
    return refuse(CloseReason::over_address_limit);
  }
  if (!take_place(core_.eviction.bucket_of(client))) {
    core_.eviction.leave_address(counted_as);
    return refuse(CloseReason::over_limit);
  }
  return Detached{
      .fd = Fd(fd), .listener_index = listener_index, .client = client, .counted_as = counted_as};
}

// If the limit allows one more, or one of this worker is evicted; or one of another, and meanwhile
// a few more than may be are open.
bool Acceptor::take_place(std::uint16_t client_bucket) {
  const std::uint32_t before = core_.eviction.take_place();
  if (before < core_.options.connections_max) return true;
  core_.options.limit_reached(CloseReason::over_limit);
  if (closing_.evict() || closing_.evict_of_largest(client_bucket)) return true;
  const bool may_wait = before < core_.eviction.taken_max_for_a_moment();
  if (may_wait && core_.user.evict_elsewhere(client_bucket)) return true;
  core_.eviction.free_place();
  return false;
}

void Acceptor::arm_all() {
  const bool has_descriptor = closing_.take_freed() || core_.deadlines.now_ns() >= accept_after_ns_;
  if (has_stopped_ || !has_descriptor) return;
  accept_after_ns_ = 0;
  for (std::uint32_t index = 0; index < is_accepting_.size(); ++index) {
    if (is_accepting_[index]) continue;
    core_.ring.accept_connections(index, token_of(Operation::accept, index));
    is_accepting_[index] = true;
  }
}

void Acceptor::stop() {
  has_stopped_ = true;
  for (std::uint32_t index = 0; index < is_accepting_.size(); ++index) {
    if (is_accepting_[index]) core_.ring.cancel(token_of(Operation::accept, index));
  }
}

bool Acceptor::has_stopped() const {
  return has_stopped_ && std::ranges::find(is_accepting_, true) == is_accepting_.end();
}

}  // namespace gyre::connection
