// WebRTC session descriptions like those of browsers, for tests and benchmarks: about 1.5 KB, with
// different fingerprints, passwords and candidates.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/random.hpp"

namespace gyre::test {

inline std::string random_text(std::size_t size, std::string_view alphabet, Random& random) {
  std::string text(size, ' ');
  for (char& c : text) c = alphabet[random.below(static_cast<std::uint32_t>(alphabet.size()))];
  return text;
}

inline std::string fingerprint(Random& random) {
  std::string text;
  for (int i = 0; i < 32; ++i)
    text += (i > 0 ? ":" : "") + random_text(2, "0123456789ABCDEF", random);
  return text;
}

// As part of a JSON string: line ends are the four characters \r\n.
inline std::string session_description(Random& random) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
  const auto number = [&](std::uint32_t below) { return std::to_string(random.below(below)); };
  std::string sdp = "v=0\\r\\no=- " + random_text(19, "123456789", random) +
                    " 2 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\na=group:BUNDLE 0\\r\\n"
                    "a=extmap-allow-mixed\\r\\na=msid-semantic: WMS\\r\\n"
                    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\\r\\nc=IN IP4 0.0.0.0\\r\\n";
  for (int i = 0; i < 10; ++i) {
    sdp += "a=candidate:" + random_text(10, "123456789", random) + " 1 udp 2113937151 192.168." +
           number(256) + "." + number(256) + " " + number(65536) +
           " typ host generation 0 network-cost 999\\r\\n";
  }
  sdp += "a=ice-ufrag:" + random_text(4, letters, random) +
         "\\r\\na=ice-pwd:" + random_text(24, letters, random) +
         "\\r\\na=ice-options:trickle\\r\\na=fingerprint:sha-256 " + fingerprint(random) +
         "\\r\\na=setup:actpass\\r\\na=mid:0\\r\\na=sctp-port:5000\\r\\n"
         "a=max-message-size:262144\\r\\n";
  return sdp;
}

}  // namespace gyre::test
