#include "common/process/landlock.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace gyre::process::landlock {
namespace {

// As linux/landlock.h of Linux 6.12, which is newer than Debian 12's headers.
struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;  // from version 4
  std::uint64_t scoped;              // from version 6
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed_access;
  std::int32_t parent_fd;
};
constexpr std::uint32_t create_ruleset_version = 1;
constexpr int rule_path_beneath = 1;

constexpr std::uint64_t first_bits(unsigned count) {
  return (std::uint64_t{1} << count) - 1;
}

std::uint64_t file_rights(int version) {
  if (version >= 5) return first_bits(16);  // ioctl on devices
  if (version >= 3) return first_bits(15);  // truncate
  if (version >= 2) return first_bits(14);  // link and rename to another folder
  return first_bits(13);
}

std::unexpected<int> failed() {
  return std::unexpected(errno);
}

}  // namespace

std::expected<int, int> version() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, create_ruleset_version);
  if (version < 0) return failed();
  return static_cast<int>(version);
}

std::expected<Fd, int> refuse_all(int version) {
  constexpr std::uint64_t bind_and_connect = first_bits(2);
  constexpr std::uint64_t abstract_sockets_and_signals = first_bits(2);
  const RulesetAttributes attributes{.handled_access_fs = file_rights(version),
                                     .handled_access_net = version >= 4 ? bind_and_connect : 0,
                                     .scoped = version >= 6 ? abstract_sockets_and_signals : 0};
  // What older kernels do not know is 0, and so are they told nothing about it.
  Fd ruleset(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, std::uint32_t{0})));
  if (!ruleset) return failed();
  return ruleset;
}

std::expected<void, int> allow(const Fd& ruleset, const std::string& path, std::uint64_t rights) {
  const Fd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place) return failed();
  const PathBeneath rule{.allowed_access = rights, .parent_fd = place.get()};
  if (::syscall(SYS_landlock_add_rule, ruleset.get(), rule_path_beneath, &rule, std::uint32_t{0}) !=
      0) {
    return failed();
  }
  return {};
}

std::expected<void, int> restrict_thread(const Fd& ruleset) {
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), std::uint32_t{0}) != 0) return failed();
  return {};
}

}  // namespace gyre::process::landlock
