#include "common/swarm/access_list.hpp"

#include <algorithm>
#include <bit>

#include "common/read_file.hpp"

namespace gyre::swarm {
namespace {

// A list of several gigabytes is a wrong path, not a list.
constexpr std::size_t file_size_max = std::size_t{2} << 30;

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::expected<AccessList, std::string> AccessList::parse(AccessMode mode, std::string_view text) {
  AccessList list;
  list.mode_ = mode;
  list.secret_ = random_hash_secret();
  const auto line_count = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  const std::size_t entries_max =
      std::min(line_count, text.size() / 40 + 1);  // many lines are blank
  list.cells_.resize(std::bit_ceil(2 * entries_max));
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto info_hash = info_hash_from_hex(line);
    if (!info_hash) {
      return std::unexpected(std::to_string(line_number) +
                             ": not an info_hash of 40 hex digits: \"" +
                             std::string(line.substr(0, 60)) + "\"");
    }
    list.insert(*info_hash);
  }
  return list;
}

std::expected<AccessList, std::string> AccessList::load(AccessMode mode, const std::string& path) {
  if (mode == AccessMode::off) return AccessList{};
  const auto text = read_file(path, file_size_max);
  if (!text) return std::unexpected(path + ": " + text.error());
  auto list = parse(mode, *text);
  if (!list) return std::unexpected(path + ":" + list.error());
  return list;
}

std::size_t AccessList::home(const InfoHash& info_hash) const {
  return keyed_hash(secret_, std::span(info_hash.bytes)) & (cells_.size() - 1);
}

bool AccessList::contains(const InfoHash& info_hash) const {
  if (info_hash == InfoHash{}) return has_zero_;
  std::size_t cell = home(info_hash);
  while (cells_[cell] != InfoHash{}) {
    if (cells_[cell] == info_hash) return true;
    cell = (cell + 1) & (cells_.size() - 1);
  }
  return false;
}

void AccessList::insert(const InfoHash& info_hash) {
  if (contains(info_hash)) return;
  ++size_;
  if (info_hash == InfoHash{}) {
    has_zero_ = true;
    return;
  }
  std::size_t cell = home(info_hash);
  while (cells_[cell] != InfoHash{}) cell = (cell + 1) & (cells_.size() - 1);
  cells_[cell] = info_hash;
}

}  // namespace gyre::swarm
