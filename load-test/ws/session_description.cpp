#include "load-test/ws/session_description.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/check.hpp"

namespace gyre::load_test::ws {
namespace {

constexpr std::string_view line_end = R"(\r\n)";  // as JSON has it

std::string random_text(std::size_t size, Random& random) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text(size, ' ');
  for (char& c : text) c = letters[random.next() % letters.size()];
  return text;
}

std::string fingerprint(Random& random) {
  std::string text;
  for (int i = 0; i < 32; ++i) {
    text += fmt::format("{}{:02X}", i == 0 ? "" : ":", random.next() & 0xff);
  }
  return text;
}

std::string candidate(std::uint32_t number, Random& random) {
  const std::uint64_t bits = random.next();
  return fmt::format(
      "a=candidate:{} 1 udp {} 192.168.{}.{} {} typ host generation 0 network-id {} "
      "network-cost 10{}",
      bits >> 32, 2113937151 - number, bits & 0xff, bits >> 8 & 0xff, 1024 + (bits >> 16 & 0x7fff),
      1 + number, line_end);
}

}  // namespace

SessionDescription make_session_description(std::size_t size, Random& random) {
  SessionDescription made;
  made.before = fmt::format(
      "v=0{0}o=- {1} 2 IN IP4 127.0.0.1{0}s=-{0}t=0 0{0}a=group:BUNDLE 0{0}a=extmap-allow-mixed{0}"
      "a=msid-semantic: WMS{0}m=application 9 UDP/DTLS/SCTP webrtc-datachannel{0}"
      "c=IN IP4 0.0.0.0{0}",
      line_end, random.next() >> 1);
  made.after = fmt::format(
      "{0}a=ice-pwd:{1}{0}a=ice-options:trickle{0}a=fingerprint:sha-256 {2}{0}a=setup:actpass{0}"
      "a=mid:0{0}a=sctp-port:5000{0}a=max-message-size:262144{0}",
      line_end, random_text(24, random), fingerprint(random));
  constexpr std::string_view last = "a=ice-ufrag:";
  const std::size_t constant_size = made.after.size() + last.size() + offer_number_size;
  for (std::uint32_t number = 0;; ++number) {
    const std::string next = candidate(number, random);
    if (made.before.size() + next.size() + constant_size > size) break;
    made.before += next;
  }
  made.before += last;
  const std::size_t rest =
      size - std::min(size, made.before.size() + offer_number_size + made.after.size());
  constexpr std::string_view filler = "a=x:";
  if (rest >= filler.size() + line_end.size()) {
    made.after += fmt::format(
        "{}{}{}", filler, random_text(rest - filler.size() - line_end.size(), random), line_end);
  } else {
    made.after.insert(made.after.size() - line_end.size(), rest, '0');
  }
  CHECK(made.before.size() + offer_number_size + made.after.size() == size);
  return made;
}

}  // namespace gyre::load_test::ws
