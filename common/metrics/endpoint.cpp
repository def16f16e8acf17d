#include "common/metrics/endpoint.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>

#include "common/base/check.hpp"
#include "common/base/clock.hpp"

namespace gyre::metrics {
namespace {

constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr std::uint64_t accept_pause_ns = 100 * ns_per_ms;
constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t stop_index = 0;
constexpr std::size_t listener_index = 1;
constexpr std::size_t first_connection_index = 2;

// Rounded up, so that the time has come when poll returns.
int poll_timeout_ms(std::uint64_t now_ns, std::uint64_t until_ns) {
  if (until_ns == never) return -1;
  if (until_ns <= now_ns) return 0;
  return static_cast<int>((until_ns - now_ns + ns_per_ms - 1) / ns_per_ms);
}

}  // namespace

std::expected<net::TcpListener, std::string> listen_tcp(const net::SocketAddress& address) {
  auto listener = net::listen_tcp({.address = address, .reuse_port = false, .nonblocking = true});
  if (!listener) return std::unexpected("cannot serve metrics: " + listener.error());
  return listener;
}

std::expected<std::unique_ptr<Endpoint>, std::string> Endpoint::start(Fd listener, Site site) {
  auto stop = EventFd::create();
  if (!stop) return std::unexpected("cannot serve metrics: " + stop.error());
  std::unique_ptr<Endpoint> endpoint(
      new Endpoint(std::move(listener), std::move(site), std::move(*stop)));
  try {
    endpoint->thread_ = std::thread([raw = endpoint.get()] {
      pthread_setname_np(pthread_self(), "metrics");
      if (!raw->site_.begin || raw->site_.begin()) raw->run();
    });
  } catch (const std::system_error& error) {
    return std::unexpected("cannot start the thread that serves metrics: " +
                           error.code().message());
  }
  return endpoint;
}

Endpoint::Endpoint(Fd listener, Site site, EventFd stop)
    : listener_(std::move(listener)), site_(std::move(site)), stop_(std::move(stop)) {}

Endpoint::~Endpoint() {
  stop_.signal();
  if (thread_.joinable()) thread_.join();
}

// Only poll blocks. Connections with input are served before newcomers, which may evict them.
void Endpoint::run() {
  while (true) {
    watch(monotonic_ns());
    if (watched_[stop_index].revents != 0) return;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (watched_[first_connection_index + i].revents != 0) clients_[i].advance(site_);
    }
    const std::uint64_t now_ns = monotonic_ns();
    std::erase_if(clients_, [&](const EndpointClient& client) {
      return client.is_closed() || deadline_ns(client) <= now_ns;
    });
    if (watched_[listener_index].revents != 0) accept_one(now_ns);
  }
}

// Waits until a descriptor is ready or a deadline has passed.
void Endpoint::watch(std::uint64_t now_ns) {
  const std::uint64_t accept_from = accept_from_ns();
  const bool accepts = accept_from <= now_ns;
  watched_.clear();
  watched_.push_back({stop_.fd(), POLLIN, 0});
  watched_.push_back({accepts ? listener_.get() : -1, POLLIN, 0});
  for (const EndpointClient& client : clients_) {
    watched_.push_back({client.fd(), client.wanted_events(), 0});
  }
  std::uint64_t until_ns = accepts ? never : accept_from;
  if (!clients_.empty()) until_ns = std::min(until_ns, deadline_ns(clients_.front()));
  const int ready = poll(watched_.data(), watched_.size(), poll_timeout_ms(now_ns, until_ns));
  if (ready < 0) {  // interrupted by a signal: the results are undefined
    for (pollfd& entry : watched_) entry.revents = 0;
  }
}

void Endpoint::accept_one(std::uint64_t now_ns) {
  Fd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) {
    // Perhaps out of descriptors. The listener stays readable: ignore it for a while.
    if (errno != EAGAIN) accept_pause_end_ns_ = now_ns + accept_pause_ns;
    return;
  }
  DCHECK(clients_.size() <= site_.connection_count);
  if (clients_.size() >= site_.connection_count) clients_.erase(next_to_evict());
  clients_.emplace_back(std::move(socket), now_ns);
}

std::uint64_t Endpoint::accept_from_ns() const {
  if (clients_.size() < site_.connection_count) return accept_pause_end_ns_;
  return std::max(accept_pause_end_ns_, evictable_from_ns(*next_to_evict()));
}

std::uint64_t Endpoint::evictable_from_ns(const EndpointClient& client) const {
  const std::uint64_t grace_ns = site_.grace_ms * ns_per_ms;
  if (client.is_answered()) return client.opened_ns();
  return client.opened_ns() + (client.is_asking() ? grace_ns / 10 : grace_ns);
}

std::vector<EndpointClient>::const_iterator Endpoint::next_to_evict() const {
  return std::ranges::min_element(
      clients_, {}, [this](const EndpointClient& client) { return evictable_from_ns(client); });
}

std::uint64_t Endpoint::deadline_ns(const EndpointClient& client) const {
  return client.opened_ns() + site_.deadline_ms * ns_per_ms;
}

}  // namespace gyre::metrics
