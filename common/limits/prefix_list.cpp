#include "common/limits/prefix_list.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/list_lines.hpp"
#include "common/base/numbers.hpp"

namespace gyre::limits {
namespace {

constexpr std::string_view hex_mark = "0x";
constexpr std::size_t peer_id_size = sizeof(PeerId);

std::optional<std::string> bytes_from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto byte = number_from<unsigned char>(digits.substr(i, 2), 16);
    if (!byte) return std::nullopt;
    bytes.push_back(static_cast<char>(*byte));
  }
  return bytes;
}

std::optional<std::string> peer_id_prefix_from(std::string_view entry) {
  const auto is_printable = [](char c) { return c > ' ' && c <= '~'; };
  if (entry.starts_with(hex_mark)) return bytes_from_hex(entry.substr(hex_mark.size()));
  if (!std::ranges::all_of(entry, is_printable)) return std::nullopt;
  return std::string(entry);
}

}  // namespace

std::expected<PrefixList, std::string> PrefixList::parse_peer_ids(std::string_view text) {
  std::vector<std::string> prefixes;
  const auto parsed =
      for_each_entry(text, [&](std::string_view entry) -> std::expected<void, std::string> {
        auto prefix = peer_id_prefix_from(entry);
        if (!prefix || prefix->empty() || prefix->size() > peer_id_size) {
          return std::unexpected(
              "\"" + std::string(entry.substr(0, 60)) +
              "\" is not the beginning of a peer_id: write 1 to 20 characters as in -XX0100-, or "
              "bytes in hexadecimal as in 0x2d5858");
        }
        prefixes.push_back(std::move(*prefix));
        return {};
      });
  if (!parsed) return std::unexpected(parsed.error());
  return PrefixList(std::move(prefixes));
}

std::expected<PrefixList, std::string> PrefixList::parse_user_agents(std::string_view text) {
  constexpr std::size_t size_max = 256;
  std::vector<std::string> prefixes;
  const auto parsed =
      for_each_entry(text, [&](std::string_view entry) -> std::expected<void, std::string> {
        if (entry.size() > size_max) {
          return std::unexpected("\"" + std::string(entry.substr(0, 60)) +
                                 "...\" is too long: write the first " + std::to_string(size_max) +
                                 " characters at most");
        }
        prefixes.emplace_back(entry);
        return {};
      });
  if (!parsed) return std::unexpected(parsed.error());
  return PrefixList(std::move(prefixes));
}

PrefixList::PrefixList(std::vector<std::string> prefixes) : prefixes_(std::move(prefixes)) {
  std::ranges::sort(prefixes_);
  const auto longer = std::ranges::unique(
      prefixes_, [](const std::string& a, const std::string& b) { return b.starts_with(a); });
  prefixes_.erase(longer.begin(), longer.end());
  prefixes_.shrink_to_fit();
}

bool PrefixList::search(std::string_view text) const {
  const auto after = std::ranges::upper_bound(
      prefixes_, text, {}, [](const std::string& p) { return std::string_view(p); });
  return after != prefixes_.begin() && text.starts_with(*std::prev(after));
}

}  // namespace gyre::limits
