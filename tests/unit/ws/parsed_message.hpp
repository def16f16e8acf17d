// A text message and its parse result. Bytes that do not belong to the message follow it.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "ws/protocol.hpp"

namespace gyre::ws::test {

inline constexpr std::size_t offers_max = 10;
inline constexpr std::size_t scrape_max = 255;

// The views of the request are valid as long as this.
struct ParsedMessage {
  explicit ParsedMessage(std::string_view message)
      : text(std::string(message) + std::string(message_padding, '"')),
        request(parser.parse(std::as_bytes(std::span(text)).first(message.size()))) {}
  ParsedMessage(const ParsedMessage&) = delete;
  ParsedMessage& operator=(const ParsedMessage&) = delete;

  const Announce* announce() const { return std::get_if<Announce>(&request); }
  const Answer* answer() const { return std::get_if<Answer>(&request); }
  const Scrape* scrape() const { return std::get_if<Scrape>(&request); }
  // Empty if it was understood.
  std::string_view failure() const {
    const auto* failure = std::get_if<Failure>(&request);
    return failure == nullptr ? "" : failure->reason;
  }

  Parser parser{std::size_t{1} << 17, offers_max, scrape_max};
  std::string text;
  Request request;
};

}  // namespace gyre::ws::test
