// A worker of the HTTP tracker over the kernel in memory, and its clients: each has a script of
// requests, sends it in pieces of any size, reads at its own pace, and checks what it gets.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/worker.hpp"
#include "tests/simulation/simulated_ring.hpp"
#include "tests/support/tls_pair.hpp"

namespace gyre::http::test {

// Everybody is a trusted proxy.
inline const net::NetworkList& everywhere() {
  static const net::NetworkList networks =
      net::NetworkList::parse(std::vector<std::string>{"0.0.0.0/0", "::/0"}).value();
  return networks;
}

inline constexpr int stop_fd = 7;
inline constexpr std::uint32_t buffer_count = 8;
inline constexpr std::uint32_t slot_count = 3;
inline constexpr std::size_t input_memory = std::size_t{256} << 10;

inline std::uint64_t simulated_now_ns = 0;

struct Script {
  simulation::ClientId id = 0;
  std::string to_send;              // what was not sent yet
  std::vector<std::string> hashes;  // one for each request; its response has it
  bool closes = false;              // the last request asks for that
  bool slow = false;                // reads little at a time
  std::unique_ptr<gyre::test::TlsClient> tls = {};
  std::string records = {};  // of TLS, not sent yet
};

class HttpSimulation {
 public:
  explicit HttpSimulation(std::uint64_t seed, connection::Options options = {}, bool secure = false)
      : kernel(seed), secure_(secure) {
    simulated_now_ns = 1'000'000'000;
    options.listeners = {{.fd = 100, .secure = secure, .name = "http://test"}};
    if (secure) tls_contexts_.replace(tls_context());
    options.receive_buffer_count = buffer_count;
    options.send_slot_count = slot_count;
    for (auto& length_ns : options.deadlines_ns) {
      if (length_ns == 0) length_ns = 3'600'000'000'000;
    }
    options.stop_fd = stop_fd;
    options.clock = [] { return simulated_now_ns; };
    options.input_memory = input_memory;
    options.tls_contexts = &tls_contexts_;
    auto created = Worker::create(options, Handler({}, swarms_, Random(seed), metrics),
                                  ProcessClock{}, access_list_, metrics);
    EXPECT_TRUE(created);
    worker = std::move(*created);
  }

  // The first byte of clients' addresses: private ones, which have no rates.
  std::byte network{10};

  // A client that will ask `request_count` times; each request scrapes so many torrents.
  Script& connect(std::uint32_t request_count, std::uint32_t torrents = 1, bool closes = false) {
    Script script;
    script.id = kernel.streams.connect(0, address_of(script_count_++));
    script.closes = closes;
    if (secure_) script.tls = std::make_unique<gyre::test::TlsClient>(tls_client_context());
    for (std::uint32_t i = 0; i < request_count; ++i) {
      const std::string hash = new_hash();
      script.hashes.push_back(hash);
      script.to_send += "GET /scrape?info_hash=" + hash;
      for (std::uint32_t j = 1; j < torrents; ++j) script.to_send += "&info_hash=" + hash;
      script.to_send += " HTTP/1.1\r\nHost: t\r\n";
      if (closes && i + 1 == request_count) script.to_send += "Connection: close\r\n";
      script.to_send += "\r\n";
    }
    scripts.push_back(std::make_unique<Script>(std::move(script)));
    return *scripts.back();
  }

  simulation::Client& client(const Script& script) { return kernel.streams.client(script.id); }

  void send(Script& script, std::size_t size) {
    if (client(script).worker_closed) return;
    if (script.tls) seal(script, size);
    std::string& bytes = script.tls ? script.records : script.to_send;
    client(script).to_worker += bytes.substr(0, size);
    bytes.erase(0, size);
  }
  void take(Script& script, std::size_t size) {
    const std::size_t known = client(script).taken.size();
    kernel.streams.take(script.id, size);
    const std::string_view taken = std::string_view(client(script).taken).substr(known);
    if (script.tls && !taken.empty()) script.tls->feed(std::as_bytes(std::span(taken)));
  }
  bool has_sent_all(const Script& script) const {
    return script.to_send.empty() && script.records.empty();
  }
  // What the client has read, without TLS.
  const std::string& text_of(const Script& script) {
    return script.tls ? script.tls->received() : client(script).taken;
  }

  void turn(std::uint64_t passing_ns = 1'000'000) {
    simulated_now_ns += passing_ns;
    const auto turned = worker->turn(std::chrono::milliseconds(1));
    ASSERT_TRUE(turned) << turned.error();
    worker->check_invariants();
  }
  void turns(int count) {
    for (int i = 0; i < count; ++i) turn();
  }

  // Everybody sends and reads whatever there is, until nothing is left to do.
  void run_out() {
    for (int i = 0; i < 300; ++i) {
      for (const auto& script : scripts) {
        send(*script, 100'000);
        take(*script, script->slow ? 1500 : 100'000);
      }
      turn();
    }
  }

  // The torrents of the responses that the client has read, in order. What follows is left in
  // `rest`.
  std::vector<std::string> answered(const Script& script, std::string* rest = nullptr) {
    std::vector<std::string> hashes;
    std::string_view text = text_of(script);
    while (true) {
      const std::size_t head_end = text.find("\r\n\r\n");
      const std::size_t length_at = text.find("Content-Length: ");
      if (head_end == std::string_view::npos) break;
      EXPECT_LT(length_at, head_end);
      EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n")) << text.substr(0, 100);
      const std::size_t body_size = std::stoul(std::string(text.substr(length_at + 16, 10)));
      if (text.size() < head_end + 4 + body_size) break;
      const std::string_view body = text.substr(head_end + 4, body_size);
      hashes.emplace_back(body.substr(std::string_view("d5:filesd20:").size(), 20));
      text.remove_prefix(head_end + 4 + body_size);
    }
    if (rest != nullptr) *rest = text;
    return hashes;
  }

  void expect_all_answered() {
    for (const auto& script : scripts) {
      if (client(*script).reset) continue;
      std::string rest;
      EXPECT_EQ(answered(*script, &rest), script->hashes) << "client " << script->id;
      EXPECT_EQ(rest, "");
      EXPECT_FALSE(client(*script).worker_reset);
      EXPECT_TRUE(!script->closes || client(*script).worker_ended);
    }
  }

  std::uint64_t counted(connection::Counter counter) const {
    return metrics.streams.counters.value(counter);
  }
  std::uint64_t closed(connection::CloseReason reason) const {
    return metrics.streams.closed(reason);
  }
  std::uint64_t closed_in_all() const {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < connection::close_reason_count; ++i) {
      count += closed(static_cast<connection::CloseReason>(i));
    }
    return count;
  }

  void expect_counters_add_up() {
    EXPECT_EQ(counted(connection::Counter::accepted),
              closed_in_all() + metrics.streams.open.load());
    EXPECT_EQ(metrics.streams.open.load(), kernel.streams.open_descriptors());
  }

  // With all faults off: everything that was lent has come back.
  void expect_nothing_leaked() {
    for (const auto& script : scripts) client(*script).ended = true;
    run_out();
    expect_counters_add_up();
    EXPECT_EQ(kernel.streams.open_descriptors(), 0U);
    EXPECT_EQ(kernel.provided_buffers, buffer_count) << "a receive buffer was lost";
    expect_all_memory_usable();
  }

  simulation::Kernel kernel;
  WorkerMetrics metrics;
  std::unique_ptr<Worker> worker;
  std::vector<std::unique_ptr<Script>> scripts;

 private:
  static const gyre::test::TlsClientContext& tls_client_context() {
    static const gyre::test::TlsClientContext context;
    return context;
  }
  static const std::shared_ptr<const tls::Context>& tls_context() {
    static const auto context = gyre::test::make_context();
    return context;
  }
  static void seal(Script& script, std::size_t size) {
    if (script.tls->connected() && !script.to_send.empty()) {
      script.tls->send(script.to_send.substr(0, size));
      script.to_send.erase(0, size);
    }
    for (const std::byte byte : script.tls->take()) script.records += static_cast<char>(byte);
  }
  net::SocketAddress address_of(std::uint32_t number) const {
    const auto low = static_cast<std::byte>(number % 250);
    return {Ipv4Address{{network, std::byte{0}, std::byte{0}, low}},
            static_cast<std::uint16_t>(1000 + number)};
  }
  std::string new_hash() {
    std::string digits = std::to_string(hash_count_++);
    return std::string(20 - digits.size(), '0') + digits;
  }

  // As many halves of requests as the budget holds, and each slot in use.
  void expect_all_memory_usable() {
    scripts.clear();
    const auto lost_before = closed(connection::CloseReason::no_input_memory);
    for (std::size_t used = 0; used + 8192 <= input_memory; used += 8192) {
      send(connect(1, 200), 6000);
    }
    turns(20);
    EXPECT_EQ(closed(connection::CloseReason::no_input_memory), lost_before);
    run_out();
    expect_all_answered();
    for (const auto& script : scripts) client(*script).ended = true;
    run_out();
    EXPECT_EQ(kernel.streams.open_descriptors(), 0U);
  }

  swarm::SwarmMaps swarms_{SipKey{}};
  swarm::SharedAccessList access_list_;
  connection::TlsContexts tls_contexts_;
  bool secure_;
  std::uint32_t script_count_ = 0;
  std::uint32_t hash_count_ = 0;
};

}  // namespace gyre::http::test
