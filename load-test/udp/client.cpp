#include "load-test/udp/client.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "common/net/socket_name.hpp"
#include "load-test/client_address.hpp"

namespace gyre::load_test::udp {
namespace {

// As root beyond the system's limit. What is granted is enough or not: losses show it.
void set_receive_buffer(int fd, std::uint32_t size) {
  if (size == 0) return;
  const int wanted = static_cast<int>(size);
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
  }
}

}  // namespace

std::expected<Client, std::string> Client::open(const Config& config, std::uint32_t worker_index) {
  const net::SocketAddress& address = config.run.server_address;
  const net::SocketName server = net::socket_name_of(address);
  const auto failed = [&](const std::string& what) {
    return std::unexpected("cannot " + what + ": " + errno_text());
  };
  Fd fd(::socket(server.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed("create a socket for udp://" + to_string(address));
  set_receive_buffer(fd.get(), config.network.recv_buffer);
  const auto source = loopback_client(address, worker_index);
  if (source && config.network.multiple_client_ipv4s) {
    const net::SocketName name = net::socket_name_of({*source, 0});
    if (::bind(fd.get(), name.get(), name.size) != 0) {
      return failed("send from " + to_string(*source));
    }
  }
  if (::connect(fd.get(), server.get(), server.size) != 0) {
    return failed("reach udp://" + to_string(address));
  }
  return Client(std::move(fd), config.network);
}

Client::Client(Fd fd, const NetworkConfig& config)
    : fd_(std::move(fd)),
      id_age_max_ns_(std::uint64_t{config.connection_max_age} * 1'000'000'000),
      response_timeout_ns_(std::uint64_t{config.response_timeout_ms} * 1'000'000),
      window_(config.max_in_flight),
      segment_(can_segment(fd_.get())) {}

void Client::set_id(gyre::udp::ConnectionId id, std::uint64_t now_ns) {
  id_ = id;
  id_until_ns_ = now_ns + id_age_max_ns_;
  next_connect_ns_ = now_ns + id_age_max_ns_ / 2;
}

std::uint32_t Client::askable() const {
  if (!std::ranges::all_of(batches_, &SegmentBatch::empty)) return 0;
  return std::min<std::uint32_t>(window_.room(), SegmentBatch::datagrams_max);
}

void Client::ask(Kind kind, RequestSource& source, std::uint64_t due_ns, std::uint64_t now_ns) {
  DCHECK(kind == Kind::connect || has_id(now_ns));
  SegmentBatch& batch = batches_[static_cast<std::size_t>(kind)];
  // All datagrams of a batch have one size.
  if (kind == Kind::scrape && batch.empty()) scrape_count_ = source.draw_scrape_count();
  if (kind == Kind::connect) next_connect_ns_ = now_ns + response_timeout_ns_;
  const Request request{
      .kind = kind, .scrape_count = scrape_count_, .due_ns = due_ns, .sent_ns = now_ns};
  batch.add(write(request, window_.open(request), source, batch.room()));
}

std::size_t Client::write(const Request& request, gyre::udp::TransactionId transaction_id,
                          RequestSource& source, std::span<std::byte> out) const {
  switch (request.kind) {
    case Kind::connect:
      return source.write_connect(out, transaction_id);
    case Kind::announce:
      return source.write_announce(out, id_, transaction_id);
    case Kind::scrape:
      return source.write_scrape(out, id_, transaction_id, request.scrape_count);
  }
  return 0;
}

std::expected<void, int> Client::send() {
  for (SegmentBatch& batch : batches_) {
    const int error_number = batch.send(fd_.get(), segment_);
    if (error_number == EAGAIN || error_number == ENOBUFS || error_number == EINTR) break;
    if (error_number != 0) return std::unexpected(error_number);
  }
  return {};
}

}  // namespace gyre::load_test::udp
