// Reader of the query of a request target: yields its parameters, still percent-encoded, and
// decodes them. Views only: it allocates nothing.
//
// It is lenient: parameters in any order, empty names and values, `&&`, and `;` or `?` where
// another parameter plainly begins (`a=1;b=2`, `&amp;b=2`, a tracker URL that had a query already).
// `+` is a space, since Go, Python and Java write it so and no client leaves a real `+` unescaped.
// A `%` without two hex digits stands for itself.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace gyre::http1 {

// As sent, not decoded. Both are views into the query.
struct Parameter {
  std::string_view name;
  std::string_view value;  // empty if there is no `=`
};

class QueryReader {
 public:
  explicit QueryReader(std::string_view query)
      : rest_(query), has_odd_separators_(query.contains(';') || query.contains('?')) {}

  // The next parameter that has a name; nullopt at the end.
  std::optional<Parameter> next();

 private:
  std::size_t parameter_size() const;

  std::string_view rest_;
  bool has_odd_separators_;
};

// Decodes `text` into `out` and returns the part that was written; nullopt if it does not fit.
std::optional<std::string_view> percent_decoded(std::string_view text, std::span<char> out);

}  // namespace gyre::http1
