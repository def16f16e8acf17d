#include "common/swarm/access_list.hpp"

#include <algorithm>

#include "common/base/files.hpp"
#include "common/base/text.hpp"

namespace gyre::swarm {
namespace {

// A list of several gigabytes is a wrong path, not a list.
constexpr std::size_t file_size_max = std::size_t{2} << 30;

}  // namespace

std::expected<AccessList, std::string> AccessList::parse(AccessMode mode, std::string_view text,
                                                         const SipKey& secret) {
  AccessList list;
  list.mode_ = mode;
  list.secret_ = secret;
  const auto line_count = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  const std::size_t entries_max =
      std::min(line_count, text.size() / 40 + 1);  // many lines are blank
  list.items_.reserve(
      static_cast<std::uint32_t>(entries_max * 100 / Item::table_shape.fill_max + 1));
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto info_hash = info_hash_from_hex(line);
    if (!info_hash) {
      return std::unexpected(std::to_string(line_number) +
                             ": not an info_hash of 40 hex digits: \"" +
                             std::string(line.substr(0, 60)) + "\"");
    }
    list.insert(keyed_hash(secret, std::span(info_hash->bytes)));
  }
  return list;
}

std::expected<AccessList, std::string> AccessList::load(AccessMode mode, const std::string& path,
                                                        const SipKey& secret) {
  if (mode == AccessMode::off) return AccessList{};
  const auto text = read_file(path, file_size_max);
  if (!text) return std::unexpected(path + ": " + text.error());
  auto list = parse(mode, *text, secret);
  if (!list) return std::unexpected(path + ":" + list.error());
  return list;
}

bool AccessList::contains(std::uint64_t hash) const {
  hash = std::max<std::uint64_t>(hash, 1);
  return items_.find(table_hash(hash), [hash](const Item& item) { return item.hash == hash; });
}

void AccessList::insert(std::uint64_t hash) {
  hash = std::max<std::uint64_t>(hash, 1);
  if (contains(hash)) return;
  items_.insert(table_hash(hash), Item{hash},
                [](const Item& item) { return table_hash(item.hash); });
}

}  // namespace gyre::swarm
