// Bytes as tests write them: hexadecimal in, heap blocks of an exact size out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "common/base/check.hpp"
#include "common/base/random.hpp"

namespace gyre::test {

using Bytes = std::vector<std::byte>;

// "0a 1B": white space is ignored.
inline Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  unsigned value = 0;
  std::size_t digit_count = 0;
  for (const char c : hex) {
    if (c == ' ' || c == '\n') continue;
    constexpr std::string_view digits = "0123456789abcdef";
    const auto digit = digits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
    CHECK(digit != std::string_view::npos);
    value = value << 4 | static_cast<unsigned>(digit);
    if (++digit_count % 2 == 0) bytes.push_back(static_cast<std::byte>(value));
  }
  CHECK(digit_count % 2 == 0);
  return bytes;
}

// A heap copy without spare bytes, so that AddressSanitizer sees overreads.
class ExactCopy {
 public:
  explicit ExactCopy(std::span<const std::byte> bytes)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(bytes.size())), size_(bytes.size()) {
    std::ranges::copy(bytes, bytes_.get());
  }
  std::span<const std::byte> span() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_;
};

inline void fill_random(std::span<std::byte> bytes, Random& random) {
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
}

inline Bytes random_bytes(std::size_t size, Random& random) {
  Bytes bytes(size);
  fill_random(bytes, random);
  return bytes;
}

// For an InfoHash, a PeerId or an address.
template <class Value>
Value random_value(Random& random) {
  Value value;
  fill_random(value.bytes, random);
  return value;
}

}  // namespace gyre::test
