#include "common/base/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/errno_text.hpp"
#include "common/base/fd.hpp"

namespace gyre {
namespace {

std::string size_text(std::size_t size) {
  if (size >> 30 != 0) return std::to_string(size >> 30) + " GiB";
  return std::to_string(size >> 10) + " KiB";
}

}  // namespace

std::expected<std::string, std::string> read_file(const std::string& path, std::size_t size_max) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // never wait on a FIFO
  if (!file) return std::unexpected(errno_text());
  struct stat status{};
  if (::fstat(file.get(), &status) < 0) return std::unexpected(errno_text());
  if (!S_ISREG(status.st_mode)) return std::unexpected(std::string("is not a regular file"));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > size_max) {
    return std::unexpected("is larger than " + size_text(size_max));
  }
  std::string text(size, '\0');
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

}  // namespace gyre
