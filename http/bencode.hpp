// Writes bencoded values (BEP 3) into a span, one after the other.
//
// REQUIRES: the span is large enough, by the relations in limits.hpp; the keys of a dictionary are
// written in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/http1/text_writer.hpp"

namespace gyre::http {

class BencodeWriter {
 public:
  explicit BencodeWriter(std::span<std::byte> out) : out_(out) {}

  std::size_t size() const { return out_.size(); }

  void begin_dictionary() { out_.text("d"); }
  void begin_list() { out_.text("l"); }
  void end() { out_.text("e"); }

  void integer(std::uint64_t value) {
    out_.text("i");
    out_.number(value);
    out_.text("e");
  }
  void string(std::string_view text) {
    out_.number(text.size());
    out_.text(":");
    out_.text(text);
  }
  void string(std::span<const std::byte> bytes) {
    string({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  void pair(std::string_view key, std::uint64_t value) {
    string(key);
    integer(value);
  }
  void pair(std::string_view key, std::string_view value) {
    string(key);
    string(value);
  }
  void pair(std::string_view key, std::span<const std::byte> value) {
    string(key);
    string(value);
  }

 private:
  http1::TextWriter out_;
};

}  // namespace gyre::http
