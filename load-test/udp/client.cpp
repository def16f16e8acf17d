#include "load-test/udp/client.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "common/base/text.hpp"
#include "common/net/socket_name.hpp"

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

std::expected<Client, std::string> Client::open(const ClientOptions& options) {
  const net::SocketName server = net::socket_name_of(options.server);
  const auto failed = [&](const std::string& what) {
    return std::unexpected("cannot " + what + ": " + errno_text());
  };
  Fd fd(::socket(server.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed("create a socket for udp://" + to_string(options.server));
  set_receive_buffer(fd.get(), options.receive_buffer_size);
  if (options.source) {
    const net::SocketName source = net::socket_name_of({*options.source, 0});
    if (::bind(fd.get(), source.get(), source.size) != 0) {
      return failed("send from " + to_string(*options.source));
    }
  }
  if (::connect(fd.get(), server.get(), server.size) != 0) {
    return failed("reach udp://" + to_string(options.server));
  }
  return Client(std::move(fd), options);
}

Client::Client(Fd fd, const ClientOptions& options)
    : fd_(std::move(fd)),
      id_age_max_ns_(options.id_age_max_ns),
      response_timeout_ns_(options.response_timeout_ns),
      window_(options.in_flight_max),
      segment_(can_segment(fd_.get())) {}

void Client::set_id(gyre::udp::ConnectionId id, std::uint64_t now_ns) {
  id_ = id;
  id_until_ns_ = now_ns + id_age_max_ns_;
  next_connect_ns_ = now_ns + id_age_max_ns_ / 2;
}

std::uint32_t Client::askable() const {
  if (!std::ranges::all_of(trains_, &Train::empty)) return 0;
  return std::min<std::uint32_t>(window_.room(), Train::datagrams_max);
}

void Client::ask(Kind kind, RequestSource& source, std::uint64_t due_ns, std::uint64_t now_ns) {
  Train& train = trains_[static_cast<std::size_t>(kind)];
  // All datagrams of a train have one size.
  if (kind == Kind::scrape && train.empty()) scrape_count_ = source.draw_scrape_count();
  if (kind == Kind::connect) next_connect_ns_ = now_ns + response_timeout_ns_;
  const Request request{
      .kind = kind, .scrape_count = scrape_count_, .due_ns = due_ns, .sent_ns = now_ns};
  train.add(write(request, window_.open(request), source, train.room()));
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
  for (Train& train : trains_) {
    const int error_number = train.send(fd_.get(), segment_);
    if (error_number == EAGAIN || error_number == ENOBUFS || error_number == EINTR) break;
    if (error_number != 0) return std::unexpected(error_number);
  }
  return {};
}

}  // namespace gyre::load_test::udp
