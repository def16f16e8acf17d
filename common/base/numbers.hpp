// Numbers in text, and sizes in whole units.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include "common/base/check.hpp"

namespace gyre {

// The number that the whole text is; nothing if it is anything else, or out of range. Integers may
// have a base other than 10.
template <class Number>
std::optional<Number> number_from(std::string_view text, std::same_as<int> auto... base) {
  Number number{};
  const char* const text_end = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), text_end, number, base...);
  if (error != std::errc{} || end != text_end) return std::nullopt;
  return number;
}

// The number that the text begins with; whatever follows it does not matter.
template <class Number>
std::optional<Number> number_at_start(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

// By character. Outside of hex_digit(), which would build it on the stack in every call.
inline constexpr auto hex_digit_values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (unsigned digit = 0; digit < 16; ++digit) {
    table[static_cast<unsigned char>("0123456789abcdef"[digit])] = static_cast<std::int8_t>(digit);
    table[static_cast<unsigned char>("0123456789ABCDEF"[digit])] = static_cast<std::int8_t>(digit);
  }
  return table;
}();

// The value of a hexadecimal digit, of either case; -1 if it is not one.
constexpr int hex_digit(char c) {
  return hex_digit_values[static_cast<unsigned char>(c)];
}

// The lowest `Size` hexadecimal digits of a number, in lower case.
template <std::size_t Size>
constexpr std::array<char, Size> hex_digits(std::uint64_t number) {
  std::array<char, Size> digits{};
  for (std::size_t i = Size; i-- > 0; number >>= 4) digits[i] = "0123456789abcdef"[number & 15];
  return digits;
}

// The number of units that hold `size`.
template <class T>
constexpr T units_of(T size, T unit) {
  DCHECK(unit > 0);
  return (size + unit - 1) / unit;
}

// The smallest multiple of `unit` that is at least `size`.
template <class T>
constexpr T round_up(T size, T unit) {
  return units_of(size, unit) * unit;
}

}  // namespace gyre
