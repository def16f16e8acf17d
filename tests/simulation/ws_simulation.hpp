// Two workers of the WebSocket tracker over one kernel in memory, and their clients: browsers that
// announce torrents with offers, answer every offer that they get, scrape, and check what they are
// told.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/simulated_ring.hpp"
#include "ws/worker.hpp"

namespace gyre::ws::test {

inline constexpr int stop_fd = 7;
inline constexpr std::uint32_t buffer_count = 8;
inline constexpr std::uint32_t worker_count = 2;
inline constexpr std::uint32_t torrent_count = 6;

inline std::uint64_t simulated_now_ns = 0;

struct Browser {
  std::uint32_t number = 0;
  simulation::ClientId id = 0;
  std::string to_send;   // not sent yet
  std::size_t read = 0;  // of what it has taken
  bool is_upgraded = false;
  bool answers = true;  // every offer
  MessageReader reader = MessageReader::for_client(false);
  std::set<std::string> announced;         // torrents
  std::map<std::string, int> replies_due;  // by info_hash; of scrapes: ""
  std::set<std::string> offers_made;       // offer_ids that were not answered yet
  std::uint64_t offers_taken = 0;
  std::uint64_t answers_taken = 0;
  std::uint64_t failures = 0;
  std::string last_failure;
  std::uint64_t pongs = 0;
  std::uint64_t pings = 0;
  std::optional<CloseCode> close_code;
};

inline std::string info_hash_of(std::uint32_t torrent) {
  return std::string(20, static_cast<char>('A' + torrent));
}
inline std::string peer_id_of(const Browser& browser) {
  const std::string number = std::to_string(browser.number);
  return std::string(20 - number.size(), 'p') + number;
}

// The value of a member whose value is a string without escapes.
inline std::string member(std::string_view json, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\":\"";
  const std::size_t at = json.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = json.substr(at + key.size());
  return std::string(rest.substr(0, rest.find('"')));
}

// Without limits on what a connection may say.
inline WorkerOptions unlimited() {
  WorkerOptions options;
  options.config.limits = {
      .max_peers_per_connection = 0, .messages = {}, .offers = {}, .max_unsent = 1 << 20};
  options.config.ping_interval = 60;
  return options;
}

class WsSimulation {
 public:
  explicit WsSimulation(std::uint64_t seed, WorkerOptions options = unlimited(),
                        const MailboxLimits& box_limits = WorkerQueues::default_limits)
      : kernel(seed), queues_(worker_count, box_limits) {
    simulated_now_ns = 1'000'000'000;
    auto& streams = options.connections;
    streams.listeners = {{.fd = 100, .name = "ws://test"}};
    streams.addresses = &addresses;
    streams.connection_count = &connection_count;
    streams.receive_buffer_count = buffer_count;
    if (streams.send_slot_count == 512) streams.send_slot_count = 6;
    for (auto& length_ns : streams.deadlines_ns) {
      if (length_ns == 0) length_ns = 3'600'000'000'000;
    }
    streams.stop_fd = stop_fd;
    streams.clock = [] { return simulated_now_ns; };
    options.hash_secret = {1, 2};
    options.clock = &clock_;
    options.access_list = &access_list;
    options.budget = &budget;
    options.queues = &queues_;
    for (std::uint32_t i = 0; i < worker_count; ++i) {
      options.index = i;
      auto worker = Worker::create(options, Random(seed + i), metrics[i]);
      EXPECT_TRUE(worker);
      workers[i] = std::move(*worker);
    }
  }

  // The first byte of clients' addresses: private ones, which have no rates.
  std::byte network{10};

  Browser& connect() { return connect_from(static_cast<std::uint8_t>(browsers.size() % 250)); }
  Browser& connect_from(std::uint8_t last_of_address, bool compresses = false) {
    auto browser = std::make_unique<Browser>();
    browser->number = static_cast<std::uint32_t>(browsers.size());
    const net::SocketAddress address{Ipv4Address{{network, {}, {}, std::byte{last_of_address}}},
                                     static_cast<std::uint16_t>(1000 + browser->number)};
    browser->id = kernel.streams.connect(0, address);
    browser->to_send =
        "GET / HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n";
    if (compresses) {
      browser->to_send +=
          "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; "
          "server_no_context_takeover\r\n";
    }
    browser->to_send += "\r\n";
    browsers.push_back(std::move(browser));
    return *browsers.back();
  }

  simulation::Client& client(const Browser& browser) { return kernel.streams.client(browser.id); }

  // A message in one to three frames, perhaps with a ping between them.
  void say(Browser& browser, std::string_view text) {
    const std::size_t frames = 1 + kernel.random.below(3);
    for (std::size_t i = 0; i < frames; ++i) {
      const bool is_last = i + 1 == frames;
      const std::size_t size =
          is_last ? text.size() : kernel.random.below(static_cast<std::uint32_t>(text.size()));
      say_frame(browser, i == 0 ? Opcode::text : Opcode::continuation, is_last,
                text.substr(0, size));
      text.remove_prefix(size);
      if (!is_last && kernel.random.below(4) == 0) {
        say_frame(browser, Opcode::ping, true, "ping");
        ++browser.pings;
      }
    }
  }
  void say_frame(Browser& browser, Opcode opcode, bool fin, std::string_view payload,
                 bool compressed = false) {
    const Mask mask{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    std::vector<std::byte> frame(frame_header_size_max + payload.size());
    const std::size_t header = write_frame_header({.fin = fin,
                                                   .compressed = compressed,
                                                   .opcode = opcode,
                                                   .payload_size = payload.size(),
                                                   .mask = mask},
                                                  frame);
    apply_mask(std::span(frame).subspan(header), std::as_bytes(std::span(payload)), mask);
    browser.to_send.append(reinterpret_cast<const char*>(frame.data()), header + payload.size());
  }

  void say_compressed(Browser& browser, std::string_view text) {
    std::vector<std::byte> deflated(text.size());
    const std::string_view parts[] = {text};
    const auto size = deflater_.deflate(parts, window_bits_max, deflated);
    ASSERT_TRUE(size);
    const std::string_view payload(reinterpret_cast<const char*>(deflated.data()), *size);
    say_frame(browser, Opcode::text, true, payload, true);
  }

  void announce(Browser& browser, std::uint32_t torrent, std::uint32_t offers,
                std::string_view event = "") {
    const std::string info_hash = info_hash_of(torrent);
    std::string text = R"({"action":"announce","info_hash":")" + info_hash + R"(","peer_id":")" +
                       peer_id_of(browser) + R"(","left":1,)";
    if (!event.empty()) text += R"("event":")" + std::string(event) + R"(",)";
    text += R"("offers":[)";
    for (std::uint32_t i = 0; i < offers; ++i) {
      const std::string offer_id = info_hash.substr(0, 1) + std::to_string(browser.number) + "-" +
                                   std::to_string(next_offer_++);
      browser.offers_made.insert(offer_id);
      text += std::string(i > 0 ? "," : "") + R"({"offer":{"type":"offer","sdp":"sdp-)" + offer_id +
              std::string(kernel.random.below(500), 'x') + R"("},"offer_id":")" + offer_id +
              R"("})";
    }
    say(browser, text + "]}");
    if (event == "stopped") {
      browser.announced.erase(info_hash);
    } else {
      browser.announced.insert(info_hash);
    }
    ++browser.replies_due[info_hash];
  }
  void scrape(Browser& browser) {
    std::string text = R"({"action":"scrape","info_hash":[)";
    for (std::uint32_t i = 0; i < torrent_count; ++i) {
      text += std::string(i > 0 ? "," : "") + '"' + info_hash_of(i) + '"';
    }
    say(browser, text + "]}");
    ++browser.replies_due[""];
  }

  void send(Browser& browser, std::size_t size) {
    if (client(browser).worker_closed || client(browser).ended) return;
    client(browser).to_worker += browser.to_send.substr(0, size);
    browser.to_send.erase(0, size);
  }
  void take(Browser& browser, std::size_t size) {
    kernel.streams.take(browser.id, size);
    const std::string& taken = client(browser).taken;
    if (!browser.is_upgraded) {
      const std::size_t head_end = taken.find("\r\n\r\n");
      if (head_end == std::string::npos) return;
      EXPECT_TRUE(taken.starts_with("HTTP/1.1 101 "));
      browser.is_upgraded = true;
      browser.read = head_end + 4;
    }
    while (true) {
      const auto result = browser.reader.next(std::as_bytes(std::span(taken).subspan(browser.read)),
                                              {scratch_.get(), scratch_size}, reader_budget_);
      browser.read += result.consumed;
      if (result.event == MessageReader::Event::none) return;
      hear(browser, result);
    }
  }

  // One turn of one worker or of both.
  void turn(std::uint64_t passing_ns = 1'000'000) {
    simulated_now_ns += passing_ns;
    const std::uint32_t which = kernel.random.below(3);
    for (std::uint32_t i = 0; i < worker_count; ++i) {
      if (which == i) continue;
      const auto turned = workers[i]->turn(std::chrono::milliseconds(1));
      ASSERT_TRUE(turned) << turned.error();
      workers[i]->check_invariants();
    }
  }

  void act_at_random() {
    Random& random = kernel.random;
    if (random.below(6) == 0) connect();
    for (const auto& browser : browsers) {
      if (random.below(12) == 0) {
        announce(*browser, random.below(torrent_count), random.below(4),
                 random.below(6) == 0 ? "stopped" : "");
      }
      if (random.below(30) == 0) scrape(*browser);
      if (random.below(2) == 0) send(*browser, 1 + random.below(3000));
      if (random.below(2) == 0) take(*browser, 1 + random.below(5000));
    }
    turn();
  }

  void run_out(int count = 300) {
    for (int i = 0; i < count; ++i) {
      for (const auto& browser : browsers) {
        send(*browser, 100'000);
        take(*browser, 100'000);
      }
      turn();
    }
  }

  // Everybody leaves, and nothing stays behind. With all faults off.
  void expect_nothing_leaked() {
    for (const auto& browser : browsers) client(*browser).ended = true;
    run_out();
    std::uint64_t closed = 0;
    std::uint64_t accepted = 0;
    for (const WorkerMetrics& of_worker : metrics) {
      accepted += of_worker.streams.counters.value(connection::Counter::accepted);
      for (std::size_t i = 0; i < connection::close_reason_count; ++i) {
        closed += of_worker.streams.closed(static_cast<connection::CloseReason>(i));
      }
      EXPECT_EQ(of_worker.websockets.load(), 0U);
      EXPECT_EQ(of_worker.peers.load(), 0U);
      EXPECT_EQ(of_worker.torrents.load(), 0U);
      EXPECT_EQ(of_worker.streams.open.load(), 0U);
    }
    EXPECT_EQ(accepted, closed);
    EXPECT_EQ(budget.peer_count(), 0U);
    EXPECT_EQ(budget.torrent_count(), 0U);
    EXPECT_EQ(addresses.address_count(), 0U);
    EXPECT_EQ(connection_count.load(), 0U);
    EXPECT_EQ(kernel.streams.open_descriptors(), 0U);
    EXPECT_EQ(kernel.provided_buffers, worker_count * buffer_count);
  }

  std::uint64_t counted(WorkerCounter counter) const {
    return metrics[0].worker_counters.value(counter) + metrics[1].worker_counters.value(counter);
  }
  std::uint64_t counted(Counter counter) const {
    const std::size_t cell = 2 * static_cast<std::size_t>(counter);
    return metrics[0].counters.value(cell) + metrics[1].counters.value(cell);
  }
  std::uint64_t closed(connection::CloseReason reason) const {
    return metrics[0].streams.closed(reason) + metrics[1].streams.closed(reason);
  }
  template <class Value>
  std::uint64_t sum(Value Browser::* value) const {
    std::uint64_t total = 0;
    for (const auto& browser : browsers) total += (*browser).*value;
    return total;
  }

  simulation::Kernel kernel;
  limits::AddressCounts addresses{1000, 1};
  connection::ConnectionCount connection_count = 0;
  swarm::SharedAccessList access_list;
  swarm::Budget budget;
  std::array<WorkerMetrics, worker_count> metrics;
  std::vector<std::unique_ptr<Browser>> browsers;

 private:
  void hear(Browser& browser, const MessageReader::Result& result) {
    using enum MessageReader::Event;
    const std::string_view text(reinterpret_cast<const char*>(result.payload.data()),
                                result.payload.size());
    switch (result.event) {
      case message:
        return hear_message(browser, std::string(text));
      case ping:
        return say_frame(browser, Opcode::pong, true, text);
      case pong:
        EXPECT_EQ(text, "ping");
        ++browser.pongs;
        return;
      case close:
        browser.close_code = result.code;
        return;
      default:
        FAIL() << "the tracker has sent what is no WebSocket";
    }
  }

  void hear_message(Browser& browser, const std::string& text) {
    const std::string info_hash = member(text, "info_hash");
    const std::string offer_id = member(text, "offer_id");
    if (text.find("\"failure reason\"") != std::string::npos) {
      ++browser.failures;
      browser.last_failure = text;
    } else if (text.find("\"files\"") != std::string::npos) {
      EXPECT_GT(browser.replies_due[""]--, 0);
    } else if (text.find("\"offer\"") != std::string::npos) {
      ++browser.offers_taken;
      EXPECT_EQ(offer_id[0], info_hash[0]) << "an offer of another swarm";
      EXPECT_NE(member(text, "peer_id"), peer_id_of(browser));
      EXPECT_EQ(member(text, "sdp").substr(0, 4 + offer_id.size()), "sdp-" + offer_id);
      if (browser.answers) answer(browser, info_hash, member(text, "peer_id"), offer_id);
    } else if (text.find("\"answer\"") != std::string::npos) {
      ++browser.answers_taken;
      EXPECT_EQ(browser.offers_made.erase(offer_id), 1U) << "not due: " << text;
      EXPECT_EQ(member(text, "sdp"), "answer to " + offer_id);
    } else {
      EXPECT_GT(browser.replies_due[info_hash]--, 0) << text;
    }
  }

  void answer(Browser& browser, const std::string& info_hash, const std::string& to,
              const std::string& offer_id) {
    say(browser, R"({"action":"announce","info_hash":")" + info_hash + R"(","peer_id":")" +
                     peer_id_of(browser) + R"(","to_peer_id":")" + to +
                     R"(","answer":{"type":"answer","sdp":"answer to )" + offer_id +
                     R"("},"offer_id":")" + offer_id + R"("})");
  }

  static constexpr std::size_t scratch_size = 200'000;

  Deflater deflater_;
  ProcessClock clock_;
  WorkerQueues queues_;
  std::unique_ptr<std::byte[]> scratch_ = std::make_unique<std::byte[]>(scratch_size);
  InputBudget reader_budget_{std::size_t{64} << 20};
  std::uint64_t next_offer_ = 0;

 public:
  std::array<std::unique_ptr<Worker>, worker_count> workers;
};

}  // namespace gyre::ws::test
