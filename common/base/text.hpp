// Pieces of text: blanks, case, and the system's sentences.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace gyre {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// `text` without leading and trailing spaces and tabs.
constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

constexpr char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// ASCII letters only, as names of hosts and settings are compared.
inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = lower_case(c);
  return lower;
}

// The system's message for an errno value. Thread-safe, unlike strerror.
inline std::string errno_text(int error_number = errno) {
  return std::generic_category().message(error_number);
}

}  // namespace gyre
