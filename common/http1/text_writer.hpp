// Writes text and decimal numbers into a span, one after the other.
//
// REQUIRES: the span is large enough for everything that is written: the limits.hpp of each tracker
// bound it.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/base/check.hpp"

namespace gyre::http1 {

class TextWriter {
 public:
  explicit TextWriter(std::span<std::byte> out)
      : out_(reinterpret_cast<char*>(out.data()), out.size()) {}

  std::size_t size() const { return size_; }

  void text(std::string_view text) {
    DCHECK(text.size() <= out_.size() - size_);
    std::copy_n(text.data(), text.size(), out_.data() + size_);
    size_ += text.size();
  }
  void number(std::uint64_t value) {
    char* const begin = out_.data() + size_;
    const auto [end, error] = std::to_chars(begin, out_.data() + out_.size(), value);
    DCHECK(error == std::errc{});
    size_ += static_cast<std::size_t>(end - begin);
  }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
};

}  // namespace gyre::http1
