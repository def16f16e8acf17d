// The query of a request target as clients write it: parameters one by one, and percent-decoding.
// Between a target and those who know what its parameters mean. No memory of its own.
//
// Lenient: any order, empty names and values, `&&`, and `;` or `?` where another parameter plainly
// begins (`a=1;b=2`, `&amp;b=2`, a tracker URL that already had a query). `+` is a space: Go,
// Python and Java write one so, and no client leaves a real `+` raw. A `%` without two hex digits
// is itself.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace gyre::http1 {

// As sent, not decoded. Both are views into the query.
struct Parameter {
  std::string_view name;
  std::string_view value;  // empty where there is no `=`
};

class QueryReader {
 public:
  explicit QueryReader(std::string_view query)
      : rest_(query), has_odd_separators_(query.contains(';') || query.contains('?')) {}

  // The next parameter that has a name; nothing at the end.
  std::optional<Parameter> next();

 private:
  std::size_t parameter_size() const;

  std::string_view rest_;
  bool has_odd_separators_;
};

// Decodes `text` into `out`. Returns the part that was written; nothing if it does not fit.
std::optional<std::string_view> percent_decoded(std::string_view text, std::span<char> out);

}  // namespace gyre::http1
