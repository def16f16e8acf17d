// Text for the operator: wrapped paragraphs, and suggestions for misspelt names.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gyre::config {

// Breaks `text` into lines that start with `prefix` and, where the words allow it, stay within
// `width` columns. A newline in the text ends a line; the result ends with one.
std::string wrap(std::string_view text, std::string_view prefix, std::size_t width);

// The name that needs the fewest edits (ignoring case) to become `wanted`, if a typo explains them:
// at most one edit per three letters, but always one.
std::optional<std::string> nearest(std::string_view wanted, std::span<const std::string> names);

// `"; did you mean NAME?"`, or nothing if no name is close.
std::string suggestion(std::string_view wanted, std::span<const std::string> names);

std::string upper_case(std::string_view text);  // ASCII only

}  // namespace gyre::config
