// A list that parses contains exactly the hashes of its lines, however it is queried; for one that
// does not, the error names the line.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.hpp"
#include "common/swarm/access_list.hpp"

using namespace gyre;
using namespace gyre::swarm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto allow = AccessList::parse(AccessMode::allow, text);
  const auto deny = AccessList::parse(AccessMode::deny, text + "\n# end\r\n");
  CHECK(allow.has_value() == deny.has_value());
  if (!allow) {
    CHECK(allow.error() == deny.error());
    const auto line = std::stoul(allow.error());
    CHECK(line >= 1 && line <= 1 + static_cast<std::size_t>(std::ranges::count(text, '\n')));
    return 0;
  }
  std::size_t hash_lines = 0;
  for (std::size_t begin = 0; begin < size; begin = std::min(text.find('\n', begin), size) + 1) {
    const std::size_t digit = std::min(text.find_first_not_of(" \t\r", begin), size);
    const auto info_hash = info_hash_from_hex(std::string_view(text).substr(digit, 40));
    if (!info_hash) continue;
    ++hash_lines;
    CHECK(allow->allows(*info_hash) && !deny->allows(*info_hash));
  }
  CHECK(allow->size() == deny->size());
  CHECK(allow->size() <= hash_lines && (allow->size() == 0) == (hash_lines == 0));
  return 0;
}
