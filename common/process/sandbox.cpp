#include "common/process/sandbox.hpp"

#include <fcntl.h>
#include <sys/prctl.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "common/base/text.hpp"
#include "common/process/landlock.hpp"

namespace gyre::process {
namespace {

namespace fs = std::filesystem;

// From Linux 6.3; older headers lack them.
constexpr int set_mdwe = 65;
constexpr unsigned long refuse_exec_gain = 1;

std::unexpected<std::string> failure(const std::string& what, int error_number) {
  return std::unexpected("cannot give up " + what + ": " + errno_text(error_number) +
                         "; set privileges.sandbox = false to serve without");
}

// The folder of a file, or the file itself.
fs::path place_of(const fs::path& file, bool has_own_root) {
  std::error_code error;
  fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  return !has_own_root && fs::canonical(folder, error) == "/" ? file : folder;
}

// The places where a file is found, through however many symbolic links.
std::vector<fs::path> places_of(fs::path file, bool has_own_root) {
  constexpr int links_max = 40;  // as in the kernel
  std::vector<fs::path> places = {place_of(file, has_own_root)};
  std::error_code error;
  for (int link = 0; link < links_max && fs::is_symlink(file, error); ++link) {
    const fs::path target = fs::read_symlink(file, error);
    if (error) break;
    file = file.parent_path() / target;  // an absolute target stands alone
    places.push_back(place_of(file, has_own_root));
  }
  // Also where folders on the way are links.
  const fs::path real = fs::canonical(file, error);
  if (!error) places.push_back(place_of(real, has_own_root));
  return places;
}

bool is_out_of_reach(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR || error_number == EACCES;
}

std::expected<void, std::string> allow(const Fd& ruleset, const fs::path& place,
                                       std::uint64_t rights) {
  const auto allowed = landlock::allow(ruleset, place.string(), rights);
  if (allowed || is_out_of_reach(allowed.error())) return {};
  return failure("all files but " + place.string(), allowed.error());
}

std::expected<void, std::string> allow_all(const Fd& ruleset, const SandboxPaths& paths) {
  std::expected<void, std::string> allowed = allow(ruleset, "/dev/urandom", landlock::read_file);
  for (const std::string& path : paths.read) {
    for (const fs::path& place : places_of(path, paths.has_own_root)) {
      if (allowed) allowed = allow(ruleset, place, landlock::read_file);
    }
  }
  for (const std::string& path : paths.removed) {
    const fs::path folder = fs::path(path).parent_path();
    if (allowed) allowed = allow(ruleset, folder.empty() ? "." : folder, landlock::remove_file);
  }
  return allowed;
}

std::string described(int version) {
  return "no new privileges, only the files of the configuration" +
         std::string(version >= 4 ? ", no new TCP sockets" : "") +
         (version >= 6 ? ", no signals to others" : "") + " (Landlock " + std::to_string(version) +
         ")";
}

}  // namespace

std::expected<Sandbox, std::string> Sandbox::create(const SandboxPaths& paths) {
  Sandbox sandbox;
  sandbox.is_on_ = true;
  const auto version = landlock::version();
  if (!version) {
    sandbox.description_ =
        "no new privileges; files stay as they are, since this kernel has no Landlock or a "
        "container hides it (" +
        errno_text(version.error()) + ")";
    return sandbox;
  }
  auto ruleset = landlock::refuse_all(*version);
  if (!ruleset) return failure("files", ruleset.error());
  if (auto allowed = allow_all(*ruleset, paths); !allowed) return std::unexpected(allowed.error());
  sandbox.ruleset_ = std::move(*ruleset);
  sandbox.description_ = described(*version);
  return sandbox;
}

std::expected<void, std::string> Sandbox::enter() const {
  if (!is_on_) return {};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failure("new privileges", errno);
  ::prctl(set_mdwe, refuse_exec_gain, 0, 0, 0);  // of the whole process; a kernel may lack it
  if (!ruleset_) return {};
  const auto restricted = landlock::restrict_thread(ruleset_);
  if (!restricted) return failure("files", restricted.error());
  return {};
}

}  // namespace gyre::process
