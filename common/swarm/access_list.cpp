#include "common/swarm/access_list.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>

#include "common/errno_text.hpp"
#include "common/fd.hpp"

namespace gyre::swarm {
namespace {

// A list of several gigabytes is a wrong path, not a list.
constexpr off_t file_size_max = off_t{2} << 30;

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

std::expected<std::string, std::string> read_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // no wait for a FIFO
  if (!file) return std::unexpected(errno_text());
  struct stat status{};
  if (::fstat(file.get(), &status) < 0) return std::unexpected(errno_text());
  if (!S_ISREG(status.st_mode)) return std::unexpected(std::string("is not a regular file"));
  if (status.st_size > file_size_max) return std::unexpected(std::string("is larger than 2 GiB"));
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(errno_text());
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
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
  const auto text = read_file(path);
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
