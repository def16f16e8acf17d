// Requests take no memory from the heap: from received bytes to the bytes of the response, once
// everything is warm and the swarms do not grow. What sockets and rings do is not looked at.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <new>
#include <string>

#include "http/handler.hpp"
#include "udp/handler.hpp"
#include "ws/deflate.hpp"
#include "ws/handler.hpp"
#include "ws/message_reader.hpp"

namespace {

std::size_t allocation_count = 0;

void* counted(std::size_t size) {
  ++allocation_count;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(size);
}
void* operator new[](std::size_t size) {
  return counted(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace gyre {
namespace {

// Of `act`, after it was done some times.
template <class Act>
std::size_t allocations_of(Act act) {
  constexpr int rounds = 200;
  for (int i = 0; i < rounds; ++i) act();
  const std::size_t before = allocation_count;
  for (int i = 0; i < rounds; ++i) act();
  return allocation_count - before;
}

TEST(Allocations, AreCounted) {
  EXPECT_EQ(allocations_of([] { delete new int(1); }), 200U);
}

TEST(Allocations, UdpAnnouncesMakeNone) {
  swarm::SwarmMaps swarms{SipKey{1}};
  udp::WorkerMetrics metrics;
  udp::Handler handler({}, swarms, udp::ConnectionIds({}, 120), Random(1), metrics);
  handler.set_time(100, 1'700'000'000, 100'000'000'000);
  std::array<std::byte, udp::response_size_max> out{};
  const auto respond = [&](std::span<const std::byte> datagram, std::uint16_t port) {
    const PeerAddress<Ipv4Address> source{Ipv4Address{}, port};
    return handler.handle(datagram, handler.prepare(datagram, source.address), source, out);
  };
  std::array<std::byte, udp::connect_request_size> connect{};
  udp::write_connect_request(connect, {77});
  const auto connected = std::span(out).first(respond(connect, 1));
  const auto parsed = udp::parse_response(connected, Family::ipv4);
  ASSERT_TRUE(parsed);
  const auto id = std::get<udp::ConnectResponse>(*parsed).connection_id;
  std::uint16_t port = 0;
  const auto announce = [&] {
    std::array<std::byte, udp::announce_request_size> request{};
    udp::write_announce_request(request, {.connection_id = id,
                                          .bytes_left = 1,
                                          .peers_wanted = 30,
                                          .port = static_cast<std::uint16_t>(1 + ++port % 50)});
    ASSERT_GE(respond(request, 1), 20U);
  };
  EXPECT_EQ(allocations_of(announce), 0U);
}

TEST(Allocations, HttpRequestsMakeNone) {
  swarm::SwarmMaps swarms{SipKey{1}};
  http::WorkerMetrics metrics;
  http::Handler handler({}, swarms, Random(1), metrics);
  handler.set_time(100);
  http1::RequestHead head;
  static std::array<std::byte, http::response_size_max> out;
  const auto requests = std::to_array<std::string>(
      {"GET /announce?info_hash=%00aaaaaaaaaaaaaaaaaaa&peer_id=aaaaaaaaaaaaaaaaaaaa&port=1&left=1"
       "&compact=1 HTTP/1.1\r\nHost: t\r\n\r\n",
       "GET /announce?info_hash=%00aaaaaaaaaaaaaaaaaaa&port=2&left=0 HTTP/1.0\r\n\r\n",
       "GET /scrape?info_hash=%00aaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: t\r\n\r\n",
       "GET /announce HTTP/1.1\r\nHost: t\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\n\r\n"});
  for (const std::string& request : requests) {
    const auto ask = [&] {
      const auto result = http1::parse_request_head(request, head);
      EXPECT_TRUE(result);
      EXPECT_GT(handler.handle(head, Ipv4Address{}, false, out).size, 0U);
    };
    EXPECT_EQ(allocations_of(ask), 0U) << request;
  }
}

class Nobody final : public ws::MessageSink {
 public:
  void send(const ws::ConnectionRef&, ws::WorkerCounter, ws::Parts parts) override {
    compressed_ += deflater_.deflate(parts, 15, out_).value_or(0);
    ++sent;
  }
  void probe(const ws::ConnectionRef&) override {}
  std::size_t sent = 0;

 private:
  ws::Deflater deflater_;
  std::size_t compressed_ = 0;
  std::array<std::byte, 10'000> out_{};
};

TEST(Allocations, WebSocketMessagesMakeNone) {
  Nobody nobody;
  swarm::Budget budget;
  ws::WorkerMetrics metrics;
  const ws::ProtocolConfig config;
  ws::Swarms swarms({}, {}, nullptr, budget);
  ws::ExpectedAnswers expected({}, 120, 1 << 22);
  ws::Handler handler(config, swarms, expected, Random(1), nobody, metrics);
  constexpr std::size_t message_size_max = 20'000;
  ws::Parser parser(message_size_max, 10, 10);
  ws::MessageReader reader;
  InputBudget no_memory;
  static std::array<std::byte, message_size_max + ws::message_padding> scratch;

  std::string text = R"({"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","left":1,)"
                     R"("peer_id":"pppppppppppppppppppp","offers":[)";
  for (int i = 0; i < 5; ++i) {
    text += std::string(i > 0 ? "," : "") + R"({"offer":{"type":"offer","sdp":")" +
            std::string(1500, 's') + R"("},"offer_id":"offer number )" + std::to_string(i) + "\"}";
  }
  text += "]}";
  std::string frame(ws::frame_header_size_max, '\0');
  frame.resize(ws::write_frame_header({.payload_size = text.size(), .mask = ws::Mask{}},
                                      std::as_writable_bytes(std::span(frame))));
  frame += text;
  std::uint32_t connection = 0;
  const auto announce = [&] {
    const auto result = reader.next(std::as_bytes(std::span(frame)), scratch, no_memory);
    ASSERT_EQ(result.event, ws::MessageReader::Event::message);
    const ws::Request request = parser.parse(result.payload);
    ASSERT_TRUE(std::holds_alternative<ws::Announce>(request));
    auto of_peer = std::get<ws::Announce>(request);
    of_peer.peer_id.bytes[0] = static_cast<std::byte>(++connection % 50);
    handler.announce({{.index = connection % 50, .generation = 0, .worker = 0}, Ipv4Address{}},
                     of_peer, 10);
  };
  EXPECT_EQ(allocations_of(announce), 0U);
  EXPECT_GT(nobody.sent, 400U * 5);
}

}  // namespace
}  // namespace gyre
