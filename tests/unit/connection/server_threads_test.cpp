// Connections that move between the threads of two workers, over the kernel's own ring.
#include <gtest/gtest.h>

#include <thread>

#include "common/base/event_fd.hpp"
#include "common/base/random.hpp"
#include "common/net/socket_name.hpp"
#include "common/net/tcp_listener.hpp"
#include "tests/support/echo_worker.hpp"
#include "tests/support/tls_pair.hpp"

namespace gyre::connection {
namespace {

using test::EchoWorker;
using test::worker_count;

constexpr std::size_t client_count = 20;

class Workers {
 public:
  explicit Workers(bool secure) {
    if (secure) contexts_.replace(gyre::test::make_context());
    for (std::size_t i = 0; i < worker_count; ++i) {
      threads_.emplace_back([this, i, secure] { run(i, secure); });
    }
  }

  // Stops them. What they have counted holds from then on.
  void join() {
    stop_->signal();
    for (std::thread& thread : threads_) thread.join();
  }

  std::uint16_t port() const { return listener_->address.port; }
  std::uint64_t accepted() const { return accepted_[0] + accepted_[1]; }
  std::uint64_t closed() const { return closed_[0] + closed_[1]; }
  std::uint64_t adopted(std::size_t index) const { return adopted_[index]; }

 private:
  void run(std::size_t index, bool secure) {
    Options options;
    options.listeners = {{.fd = listener_->fd.get(), .secure = secure, .name = "test"}};
    options.talks_to_others = true;
    options.connection_count = &connection_count_;
    options.deadlines_ns.fill(10'000'000'000);
    options.stop_fd = stop_->fd();
    options.send_slot_size = std::size_t{128} << 10;
    options.tls_contexts = &contexts_;
    EchoWorker worker(options, boxes_[index], boxes_[1 - index]);
    const auto ran = worker.server->run();
    EXPECT_TRUE(ran) << ran.error();
    accepted_[index] = worker.metrics.counters.value(static_cast<std::size_t>(Counter::accepted));
    closed_[index] = worker.metrics.closed(CloseReason::by_client);
    adopted_[index] = worker.adopted;
  }

  std::expected<net::TcpListener, std::string> listener_ =
      net::listen_tcp({.address = {Ipv4Address{{std::byte{127}, {}, {}, std::byte{1}}}, 0}});
  std::expected<EventFd, std::string> stop_ = EventFd::create();
  TlsContexts contexts_;
  ConnectionCount connection_count_ = 0;
  std::array<test::TravellerBox, worker_count> boxes_{
      test::TravellerBox({.count_max = 1, .size_max = 1}),
      test::TravellerBox({.count_max = 1, .size_max = 1})};
  std::array<std::uint64_t, worker_count> accepted_{};
  std::array<std::uint64_t, worker_count> closed_{};
  std::array<std::uint64_t, worker_count> adopted_{};
  std::vector<std::thread> threads_;
};

class Talker {
 public:
  Talker(std::uint16_t port, const gyre::test::TlsClientContext* tls_context)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    net::SocketName name =
        net::socket_name_of({Ipv4Address{{std::byte{127}, {}, {}, std::byte{1}}}, port});
    CHECK(::connect(fd_.get(), name.get(), name.size) == 0);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (tls_context == nullptr) return;
    tls_ = std::make_unique<gyre::test::TlsClient>(*tls_context);
    write(tls_->take());
    while (!tls_->connected() && receive()) write(tls_->take());
  }

  void send(std::string_view text) {
    sent_ += text;
    if (!tls_) return write(std::as_bytes(std::span(text)));
    tls_->send(text);
    write(tls_->take());
  }

  // Everything, in order, and once.
  void expect_all_sent_back() {
    const std::string& text = tls_ ? tls_->received() : received_;
    while (text.size() < sent_.size() && receive()) continue;
    EXPECT_EQ(text, sent_);
  }

 private:
  void write(std::span<const std::byte> bytes) {
    const ssize_t size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    EXPECT_EQ(size, static_cast<ssize_t>(bytes.size()));
  }

  bool receive() {
    std::array<std::byte, 4096> bytes;
    const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (size <= 0) return false;
    const auto piece = std::span(bytes).first(static_cast<std::size_t>(size));
    if (tls_) {
      tls_->feed(piece);
    } else {
      received_.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }
    return true;
  }

  Fd fd_;
  std::unique_ptr<gyre::test::TlsClient> tls_;
  std::string sent_;
  std::string received_;
};

void talk(bool secure) {
  Workers workers(secure);
  {
    const gyre::test::TlsClientContext tls_context;
    std::vector<std::unique_ptr<Talker>> talkers;
    for (std::size_t i = 0; i < client_count; ++i) {
      talkers.push_back(std::make_unique<Talker>(workers.port(), secure ? &tls_context : nullptr));
    }
    Random random(1);
    for (int i = 0; i < 50; ++i) {
      const char* const kind = i % 2 == 0 ? "m" : "s";
      const std::string line = kind + std::to_string(i) + std::string(random.below(900), 'x');
      const std::size_t cut = random.below(static_cast<std::uint32_t>(line.size() - 1)) + 1;
      for (const auto& talker : talkers) talker->send(line.substr(0, cut));
      for (const auto& talker : talkers) talker->send(line.substr(cut) + "\n");
    }
    for (const auto& talker : talkers) talker->expect_all_sent_back();
  }
  workers.join();
  EXPECT_EQ(workers.accepted(), client_count);
  EXPECT_EQ(workers.closed(), client_count);
  EXPECT_GT(workers.adopted(0), client_count);
  EXPECT_GT(workers.adopted(1), client_count);
}

TEST(ServerThreads, ConnectionsMoveToAndFro) {
  talk(false);
}

TEST(ServerThreads, ConnectionsMoveWithTls) {
  talk(true);
}

}  // namespace
}  // namespace gyre::connection
