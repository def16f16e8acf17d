#include "common/base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <span>

#include "common/base/fd.hpp"
#include "common/base/text.hpp"

namespace gyre {
namespace {

std::string size_text(std::size_t size) {
  if (size >> 30 != 0) return std::to_string(size >> 30) + " GiB";
  return std::to_string(size >> 10) + " KiB";
}

// Reads until `out` is full or the file ends. Returns the size; nothing on an error, which is in
// errno.
std::optional<std::size_t> fill_from(const Fd& file, std::span<char> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t got = ::read(file.get(), out.data() + filled, out.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace

std::expected<std::string, std::string> read_file(const std::string& path, std::size_t size_max) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // never wait on a FIFO
  if (!file) return std::unexpected(errno_text());
  struct stat status{};
  if (::fstat(file.get(), &status) < 0) return std::unexpected(errno_text());
  if (!S_ISREG(status.st_mode)) return std::unexpected(std::string("is not a regular file"));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > size_max) return std::unexpected("is larger than " + size_text(size_max));
  std::string text(size, '\0');
  const auto filled = fill_from(file, text);
  if (!filled) return std::unexpected(errno_text());
  text.resize(*filled);
  return text;
}

std::expected<std::string, std::string> read_to_end(const std::string& path) {
  constexpr std::size_t chunk_size = 4096;
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::unexpected(errno_text());
  std::string text;
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + chunk_size);
    const auto filled = fill_from(file, std::span(text).subspan(before));
    if (!filled) return std::unexpected(errno_text());
    text.resize(before + *filled);
    if (*filled < chunk_size) return text;
  }
}

}  // namespace gyre
