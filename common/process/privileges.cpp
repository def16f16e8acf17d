#include "common/process/privileges.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/numbers.hpp"
#include "common/base/text.hpp"

namespace gyre::process {
namespace {

using Result = std::expected<void, std::string>;

struct Ids {
  std::optional<uid_t> user;
  std::optional<gid_t> group;
};

std::unexpected<std::string> failure(const std::string& what, const std::string& reason) {
  return std::unexpected("cannot " + what + ": " + reason);
}

// Fails with the current errno, with advice if it is EPERM.
std::unexpected<std::string> system_failure(const std::string& what) {
  const int error = errno;
  const char* advice =
      error == EPERM ? " (start as root, or set privileges.drop_privileges = false)" : "";
  return failure(what, errno_text(error) + advice);
}

// The entry of that name in a file such as /etc/passwd; it points into `strings`. getpwnam() is not
// used: for other sources of users it loads shared libraries, which a statically linked program
// should not.
template <class Entry>
std::expected<Entry, std::string> look_up(
    const char* path, const std::string& name, char* Entry::* name_of,
    int (*next)(std::FILE*, Entry*, char*, std::size_t, Entry**), std::vector<char>& strings) {
  constexpr std::size_t strings_size_max = std::size_t{1} << 20;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path, "re"), &std::fclose);
  if (!file) return std::unexpected(std::string(path) + ": " + errno_text());
  strings.resize(4096);
  Entry entry{};
  Entry* found = nullptr;
  while (true) {
    const int error = next(file.get(), &entry, strings.data(), strings.size(), &found);
    if (error == 0 && name == entry.*name_of) return entry;
    if (error == ENOENT)
      return std::unexpected("no entry in " + std::string(path) +
                             " (if it is defined elsewhere, such as in LDAP, use its number)");
    if (error == ERANGE && strings.size() < strings_size_max) {
      strings.resize(2 * strings.size());  // the next call retries the same entry
    } else if (error == ERANGE) {
      return std::unexpected(std::string(path) + " has a line that is too long: use the number");
    } else if (error != 0) {
      return std::unexpected(std::string(path) + ": " + errno_text(error));
    }
  }
}

// Users and groups given by number need not be in a file.
std::optional<std::uint32_t> id_of_number(const std::string& text) {
  const auto id = number_from<std::uint32_t>(text);
  return id == ~std::uint32_t{0} ? std::nullopt : id;  // it means "no change" to the kernel
}

std::expected<Ids, std::string> look_up_ids(const config::PrivilegesConfig& wanted) {
  Ids ids;
  std::vector<char> strings;
  if (const auto number = id_of_number(wanted.user)) {
    ids = {.user = *number, .group = *number};
  } else if (!wanted.user.empty()) {
    const auto user = look_up("/etc/passwd", wanted.user, &passwd::pw_name, fgetpwent_r, strings);
    if (!user) return failure("find user \"" + wanted.user + "\"", user.error());
    ids = {.user = user->pw_uid, .group = user->pw_gid};
  }
  if (const auto number = id_of_number(wanted.group)) {
    ids.group = *number;
  } else if (!wanted.group.empty()) {
    const auto group = look_up("/etc/group", wanted.group, &::group::gr_name, fgetgrent_r, strings);
    if (!group) return failure("find group \"" + wanted.group + "\"", group.error());
    ids.group = group->gr_gid;
  }
  return ids;
}

Result give_files(const std::vector<std::string>& paths, const Ids& ids) {
  constexpr auto no_change = ~std::uint32_t{0};
  for (const std::string& path : paths) {
    if (::lchown(path.c_str(), ids.user.value_or(no_change), ids.group.value_or(no_change)) != 0) {
      return system_failure("give " + path + " to that user");
    }
  }
  return {};
}

Result change_root(const std::string& directory) {
  if (directory.empty()) return {};
  if (chroot(directory.c_str()) != 0) return system_failure("chroot to \"" + directory + "\"");
  // Otherwise the working directory, and with it the process, would stay outside.
  if (chdir("/") != 0) return system_failure("enter the new root \"" + directory + "\"");
  return {};
}

Result change_ids(const Ids& ids, const config::PrivilegesConfig& wanted) {
  if (ids.group) {
    const std::string what = wanted.group.empty()
                                 ? "switch to the group of user \"" + wanted.user + "\""
                                 : "switch to group \"" + wanted.group + "\"";
    if (setgroups(1, &*ids.group) != 0) return system_failure(what);
    if (setgid(*ids.group) != 0) return system_failure(what);
  }
  if (ids.user && setuid(*ids.user) != 0) {
    return system_failure("switch to user \"" + wanted.user + "\"");
  }
  return {};
}

// setuid() by root changes the saved id too; this makes sure.
Result verify_root_is_dropped(const Ids& ids, const std::string& user) {
  if (!ids.user || *ids.user == 0) return {};
  if (setuid(0) == 0 || seteuid(0) == 0 || getuid() != *ids.user || geteuid() != *ids.user) {
    return failure("give up root for user \"" + user + "\"", "root could be regained");
  }
  return {};
}

}  // namespace

Result drop_privileges(const config::PrivilegesConfig& config,
                       const std::vector<std::string>& owned) {
  const auto ids = look_up_ids(config);
  if (!ids) return std::unexpected(ids.error());
  if (auto result = give_files(owned, *ids); !result) return result;
  if (auto result = change_root(config.chroot_path); !result) return result;
  if (auto result = change_ids(*ids, config); !result) return result;
  return verify_root_is_dropped(*ids, config.user);
}

}  // namespace gyre::process
