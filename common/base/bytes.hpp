// Cursors that read and write big-endian numbers over spans, for the codecs. They own nothing and
// allocate nothing: the bytes are the caller's, who keeps them alive.
//
// REQUIRES: remaining() is checked before each read or write; passing the end is a programming
// error, which DCHECK catches.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "common/base/check.hpp"

namespace gyre {

template <std::unsigned_integral T>
constexpr T big_endian(T value) {
  if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1) return value;
  return std::byteswap(value);
}

template <std::unsigned_integral T>
T load_be(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return big_endian(value);
}

template <std::unsigned_integral T>
void store_be(std::byte* to, T value) {
  value = big_endian(value);
  std::memcpy(to, &value, sizeof value);
}

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  std::size_t remaining() const { return rest_.size(); }

  template <std::unsigned_integral T>
  T read() {
    return load_be<T>(take(sizeof(T)).data());
  }

  template <std::size_t Size>
  std::array<std::byte, Size> read_array() {
    std::array<std::byte, Size> out;
    std::memcpy(out.data(), take(Size).data(), Size);
    return out;
  }

  std::span<const std::byte> take(std::size_t size) {
    DCHECK(size <= rest_.size());
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  void skip(std::size_t size) { take(size); }

 private:
  std::span<const std::byte> rest_;
};

class ByteWriter {
 public:
  explicit ByteWriter(std::span<std::byte> bytes) : out_(bytes) {}

  std::size_t written() const { return written_; }
  std::size_t remaining() const { return out_.size() - written_; }

  template <std::unsigned_integral T>
  void write(T value) {
    DCHECK(sizeof(T) <= remaining());
    store_be(out_.data() + written_, value);
    written_ += sizeof(T);
  }

  void write_bytes(std::span<const std::byte> bytes) {
    DCHECK(bytes.size() <= remaining());
    std::ranges::copy(bytes, out_.begin() + static_cast<std::ptrdiff_t>(written_));
    written_ += bytes.size();
  }

 private:
  std::span<std::byte> out_;
  std::size_t written_ = 0;
};

}  // namespace gyre
