#include "common/swarm/access_list.hpp"

#include <algorithm>

#include "common/base/files.hpp"
#include "common/base/list_lines.hpp"

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
  const auto parsed = for_each_entry(text, [&](std::string_view line) {
    const auto info_hash = info_hash_from_hex(line);
    if (info_hash) list.insert(keyed_hash(secret, std::span(info_hash->bytes)));
    return info_hash ? std::expected<void, std::string>()
                     : std::unexpected("not an info_hash of 40 hex digits: \"" +
                                       std::string(line.substr(0, 60)) + "\"");
  });
  if (!parsed) return std::unexpected(parsed.error());
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
