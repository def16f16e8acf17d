// A WebSocket message that is made once and sent many times: a whole frame, masked and if need be
// compressed, with holes for the little that changes. Between the texts of outgoing.hpp and the
// connections; so a message costs the load tester a copy into the kernel and a few bytes.
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

#include "ws/frame.hpp"

namespace gyre::load_test::ws {

inline constexpr gyre::ws::Mask mask = {std::byte{0x5c}, std::byte{0x5c}, std::byte{0x5c},
                                        std::byte{0x5c}};

class MessageTemplate {
 public:
  // As long as the hole.
  void fill(std::size_t hole, std::string_view text) {
    char* at = frame_.data() + holes_[hole];
    for (const char c : text) *at++ = static_cast<char>(c ^ static_cast<char>(mask[0]));
  }

  std::span<const char> frame() const { return frame_; }

 private:
  friend class MessageText;
  std::vector<char> frame_;
  std::vector<std::uint32_t> holes_;  // where they begin
};

// Puts a template's text together.
class MessageText {
 public:
  MessageText& text(std::string_view text);
  MessageText& hole(std::size_t size);  // filled with blanks at first

  const std::string& whole() const { return text_; }
  MessageTemplate make(bool deflated) const;

 private:
  struct Hole {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  std::string text_;
  std::vector<Hole> holes_;
};

// A whole frame with that payload, appended.
void append_frame(std::vector<char>& out, gyre::ws::Opcode opcode,
                  std::span<const std::byte> payload, bool compressed = false);

}  // namespace gyre::load_test::ws
