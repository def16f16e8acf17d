// A set of prefixes, as an operator lists them: of peer_ids or of user agents. Immutable once
// parsed.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/types.hpp"

namespace gyre::limits {

class PrefixList {
 public:
  PrefixList() = default;  // of nothing

  // One prefix on each line (list_lines.hpp); the error names the line.
  //
  // Of peer_ids: 1 to 20 bytes, as printable ASCII text, or as "0x" and hexadecimal digits.
  static std::expected<PrefixList, std::string> parse_peer_ids(std::string_view text);
  // Of the header User-Agent, case-sensitive.
  static std::expected<PrefixList, std::string> parse_user_agents(std::string_view text);

  bool empty() const { return prefixes_.empty(); }
  // How many there are; those that begin with another one count with it.
  std::size_t size() const { return prefixes_.size(); }

  // Whether `text` begins with one of them.
  bool contains_prefix_of(std::string_view text) const { return !empty() && search(text); }
  bool contains_prefix_of(const PeerId& peer_id) const {
    return contains_prefix_of(
        {reinterpret_cast<const char*>(peer_id.bytes.data()), peer_id.bytes.size()});
  }

 private:
  explicit PrefixList(std::vector<std::string> prefixes);
  bool search(std::string_view text) const;

  // Sorted; none begins with another, so that only the last one before a text can be its prefix.
  std::vector<std::string> prefixes_;
};

}  // namespace gyre::limits
