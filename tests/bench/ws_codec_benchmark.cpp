// Benchmarks of the WebSocket codecs: an announce with ten offers, from masked frames to a request,
// and the messages it causes.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <variant>
#include <vector>

#include "common/base/check.hpp"
#include "common/base/random.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/session_description.hpp"
#include "ws/deflate.hpp"
#include "ws/message_reader.hpp"
#include "ws/protocol.hpp"
#include "ws/replies.hpp"

namespace {

using namespace gyre;
using namespace gyre::ws;

constexpr std::size_t message_count = 64;  // different ones, so that branches vary
constexpr std::size_t message_size_max = std::size_t{1} << 17;
constexpr std::size_t offer_count = 10;

std::string announce_message(Random& random) {
  const auto id = [&random] {
    return std::string(IdJson(test::random_value<InfoHash>(random)).text());
  };
  std::string message = R"({"numwant":10,"uploaded":0,"downloaded":0,"left":null,)"
                        R"("event":"started","action":"announce","info_hash":)" +
                        id() + R"(,"peer_id":)" + id() + R"(,"offers":[)";
  for (std::size_t i = 0; i < offer_count; ++i) {
    if (i > 0) message += ",";
    message += R"({"offer":{"type":"offer","sdp":")" + test::session_description(random) +
               R"("},"offer_id":)" + id() + "}";
  }
  return message + "]}";
}

std::vector<std::string> announce_messages() {
  Random random(1);
  std::vector<std::string> messages(message_count);
  for (std::string& message : messages) message = announce_message(random);
  return messages;
}

std::vector<std::byte> masked_frame(std::string_view payload) {
  const Mask mask{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};
  std::vector<std::byte> frame(frame_header_size_max + payload.size());
  const FrameHeader header{.payload_size = payload.size(), .mask = mask};
  const std::size_t head = write_frame_header(header, frame);
  apply_mask(std::span(frame).subspan(head), std::as_bytes(std::span(payload)), mask);
  frame.resize(head + payload.size());
  return frame;
}

class Frames {
 public:
  Frames() {
    for (const std::string& message : announce_messages()) frames_.push_back(masked_frame(message));
  }
  std::span<const std::byte> next() { return frames_[next_++ % message_count]; }

 private:
  std::vector<std::vector<std::byte>> frames_;
  std::size_t next_ = 0;
};

class Receiver {
 public:
  std::span<const std::byte> unmask(std::span<const std::byte> frame) {
    const auto result = reader_.next(frame, scratch_, budget_);
    CHECK(result.event == MessageReader::Event::message && result.consumed == frame.size());
    return result.payload;
  }
  Announce parse(std::span<const std::byte> payload) {
    const Request request = parser_.parse(payload);
    const Announce& announce = std::get<Announce>(request);
    CHECK(announce.offers.size() == offer_count);
    return announce;
  }

 private:
  std::vector<std::byte> scratch_ = std::vector<std::byte>(message_size_max + message_padding);
  InputBudget budget_;
  MessageReader reader_;
  Parser parser_{message_size_max, offer_count, 255};
};

// The reply, and a frame for each offer.
std::size_t write_replies(const Announce& announce, std::span<std::byte> out) {
  const IdJson info_hash(announce.info_hash);
  const IdJson peer_id(announce.peer_id);
  std::array<std::byte, announce_reply_size_max> reply;
  std::size_t size = 0;
  const auto add = [&](std::span<const std::byte> bytes) {
    std::ranges::copy(bytes, out.begin() + static_cast<std::ptrdiff_t>(size));
    size += bytes.size();
  };
  const std::size_t reply_size =
      write_announce_reply({.seeder_count = 30, .leecher_count = 70}, 120, info_hash, reply);
  size += write_frame_header({.payload_size = reply_size}, out);
  add(std::span(reply).first(reply_size));
  for (const Description& offer : announce.offers) {
    const auto message = offer_message(offer, peer_id, info_hash);
    std::size_t message_size = 0;
    for (const auto part : message) message_size += part.size();
    size += write_frame_header({.payload_size = message_size}, out.subspan(size));
    for (const auto part : message) add(std::as_bytes(std::span(part)));
  }
  return size;
}

void unmask_announce(benchmark::State& state) {
  Frames frames;
  Receiver receiver;
  for (auto _ : state) benchmark::DoNotOptimize(receiver.unmask(frames.next()));
}
BENCHMARK(unmask_announce);

void parse_announce(benchmark::State& state) {
  Receiver receiver;
  std::vector<std::string> messages = announce_messages();
  for (std::string& message : messages) message.reserve(message.size() + message_padding);
  std::size_t next = 0;
  for (auto _ : state) {
    const std::string& message = messages[next++ % message_count];
    benchmark::DoNotOptimize(receiver.parse(std::as_bytes(std::span(message))));
  }
}
BENCHMARK(parse_announce);

void write_replies_to_announce(benchmark::State& state) {
  Frames frames;
  Receiver receiver;
  const Announce announce = receiver.parse(receiver.unmask(frames.next()));
  std::vector<std::byte> out(message_size_max);
  for (auto _ : state) {
    benchmark::DoNotOptimize(write_replies(announce, out));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(write_replies_to_announce);

// The goal is 12 us.
void serve_announce(benchmark::State& state) {
  Frames frames;
  Receiver receiver;
  std::vector<std::byte> out(message_size_max);
  for (auto _ : state) {
    const Announce announce = receiver.parse(receiver.unmask(frames.next()));
    benchmark::DoNotOptimize(write_replies(announce, out));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(serve_announce);

void deflate_offer(benchmark::State& state) {
  Frames frames;
  Receiver receiver;
  const Announce announce = receiver.parse(receiver.unmask(frames.next()));
  const IdJson peer_id(announce.peer_id);
  const IdJson info_hash(announce.info_hash);
  const auto message = offer_message(announce.offers[0], peer_id, info_hash);
  Deflater deflater;
  std::vector<std::byte> out(message_size_max);
  for (auto _ : state) {
    benchmark::DoNotOptimize(deflater.deflate(message, window_bits_max, out));
  }
}
BENCHMARK(deflate_offer);

void inflate_announce(benchmark::State& state) {
  const std::string message = announce_messages()[0];
  Deflater deflater;
  std::vector<std::byte> payload(message.size());
  payload.resize(
      deflater.deflate(std::array{std::string_view(message)}, window_bits_max, payload).value());
  Inflater inflater;
  std::vector<std::byte> out(message_size_max);
  for (auto _ : state) benchmark::DoNotOptimize(inflater.inflate(payload, out));
}
BENCHMARK(inflate_announce);

}  // namespace
