#include "common/process/secret_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace gyre::process {

std::string secret_file_warning(const std::string& setting, const std::string& path) {
  constexpr mode_t at_most = S_IRUSR | S_IWUSR | S_IRGRP;
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
  const mode_t mode = status.st_mode & 07777;
  const bool is_read = (mode & S_IROTH) != 0;
  const bool is_written = (mode & (S_IWGRP | S_IWOTH)) != 0;
  if (!is_read && !is_written) return "";
  const char* who = (mode & (S_IROTH | S_IWOTH)) != 0 ? "every user of this machine" : "its group";
  return fmt::format("{}: {} has mode {:04o}, so that {} can {} it; run: chmod {:04o} {}", setting,
                     path, mode, who, is_written ? is_read ? "read and change" : "change" : "read",
                     mode & at_most, path);
}

}  // namespace gyre::process
