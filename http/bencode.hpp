// Writes bencoded values (BEP 3) into a span, one after the other. It does not see to it that keys
// are sorted, as dictionaries want them: whoever writes a dictionary does.
//
// Invariant: the span is large enough for everything that is written, by the relations in
// limits.hpp.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "common/check.hpp"

namespace gyre::http_tracker {

class BencodeWriter {
 public:
  explicit BencodeWriter(std::span<std::byte> out) : out_(out) {}

  std::size_t size() const { return size_; }

  void begin_dictionary() { raw("d"); }
  void begin_list() { raw("l"); }
  void end() { raw("e"); }

  void integer(std::uint64_t value) {
    raw("i");
    decimal(value);
    raw("e");
  }
  void string(std::string_view text) {
    decimal(text.size());
    raw(":");
    raw(text);
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
  void raw(std::string_view text) {
    DCHECK(text.size() <= out_.size() - size_);
    std::memcpy(out_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  void decimal(std::uint64_t value) {
    char* const begin = reinterpret_cast<char*>(out_.data()) + size_;
    const auto [end, error] =
        std::to_chars(begin, reinterpret_cast<char*>(out_.data()) + out_.size(), value);
    DCHECK(error == std::errc{});
    size_ += static_cast<std::size_t>(end - begin);
  }

  std::span<std::byte> out_;
  std::size_t size_ = 0;
};

}  // namespace gyre::http_tracker
