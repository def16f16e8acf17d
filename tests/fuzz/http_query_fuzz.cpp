// The bytes are a query. Every parameter lies inside it, after the one before; decoding never
// lengthens a value, and escaping every byte of the result is reversible.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.hpp"
#include "common/http1/query.hpp"

namespace {

using namespace gyre::http1;

void check_decoding(std::string_view text) {
  std::vector<char> out(text.size());
  const auto decoded = percent_decoded(text, out);
  CHECK(decoded.has_value());
  CHECK(decoded->size() <= text.size());
  constexpr std::string_view digits = "0123456789abcdef";
  std::string escaped;
  for (const char c : *decoded) {
    const auto byte = static_cast<unsigned char>(c);
    escaped += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  std::vector<char> again(decoded->size());
  CHECK(percent_decoded(escaped, again) == *decoded);
  if (again.empty()) return;
  again.pop_back();
  CHECK(!percent_decoded(escaped, again));
}

// All spellings of a space are equal.
void check_spaces(std::string_view text) {
  std::string spaces(text);
  std::ranges::replace(spaces, '+', ' ');
  std::vector<char> out(text.size());
  std::vector<char> of_spaces(text.size());
  CHECK(percent_decoded(text, out) == percent_decoded(spaces, of_spaces));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view query(reinterpret_cast<const char*>(data), size);
  const char* end = query.data();
  QueryReader reader(query);
  while (const auto parameter = reader.next()) {
    CHECK(!parameter->name.empty());
    CHECK(parameter->name.data() >= end);
    end = parameter->name.data() + parameter->name.size();
    if (!parameter->value.empty()) {
      CHECK(parameter->value.data() == end + 1);
      end = parameter->value.data() + parameter->value.size();
    }
    CHECK(end <= query.data() + query.size());
    check_decoding(parameter->value);
    check_spaces(parameter->value);
  }
  check_decoding(query);
  return 0;
}
