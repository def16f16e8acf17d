// A WebSocket message that is made once and sent many times: a whole frame, masked and if need be
// compressed, with holes for the little that changes. So a message costs the load tester a copy
// into the kernel and a few bytes.
//
// The mask is one constant, of four equal bytes: masks protect proxies from scripts in browsers
// (RFC 6455 section 10.3), of which there are none here, and the tracker unmasks as ever.
//
// In a compressed message each hole is a stored block (RFC 1951 section 3.2.4), whose bytes stand
// there as they are, and which nothing else refers to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.hpp"
#include "ws/frame.hpp"

namespace gyre::load_test::ws {

inline constexpr gyre::ws::Mask mask = {std::byte{0x5c}, std::byte{0x5c}, std::byte{0x5c},
                                        std::byte{0x5c}};

// What a hole is made of in the text of a template: never in JSON as it is, so that zlib refers to
// none of it.
inline constexpr char hole_filler = '\x01';
inline std::string hole(std::size_t size) {
  return std::string(size, hole_filler);
}

class MessageTemplate {
 public:
  // Holes in the text are filled with blanks at first.
  MessageTemplate(std::string_view text, bool deflated);

  // REQUIRES: `text` is as long as the hole.
  void fill(std::size_t hole, std::string_view text) {
    DCHECK(hole < holes_.size());
    char* at = frame_.data() + holes_[hole];
    DCHECK(text.size() <= frame_.size() - holes_[hole]);
    for (const char c : text) *at++ = static_cast<char>(c ^ static_cast<char>(mask[0]));
  }

  std::span<const char> frame() const { return frame_; }

 private:
  std::vector<char> frame_;
  std::vector<std::uint32_t> holes_;  // where they begin
};

// A whole frame with that payload, appended.
void append_frame(std::vector<char>& out, gyre::ws::Opcode opcode,
                  std::span<const std::byte> payload, bool compressed = false);

}  // namespace gyre::load_test::ws
