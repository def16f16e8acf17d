// Hexadecimal digits, for parsers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace gyre {

// The digit's value, of either case; nullopt if it is not one.
constexpr std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

// The lowest `Size` digits of a number, in lower case.
template <std::size_t Size>
constexpr std::array<char, Size> hex_digits(std::uint64_t number) {
  std::array<char, Size> digits{};
  for (std::size_t i = Size; i-- > 0; number >>= 4) digits[i] = "0123456789abcdef"[number & 15];
  return digits;
}

}  // namespace gyre
