#include "udp/connection_id.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "common/base/check.hpp"
#include "common/base/fd.hpp"
#include "common/base/text.hpp"

namespace gyre::udp {
namespace {

std::unexpected<std::string> secret_error(const std::string& path, const std::string& what) {
  return std::unexpected("connection id secret " + path + ": " + what);
}

std::expected<ConnectionSecret, std::string> read_secret(const std::string& path, const Fd& file) {
  struct stat status{};
  if (::fstat(file.get(), &status) < 0) return secret_error(path, errno_text());
  if (!S_ISREG(status.st_mode)) return secret_error(path, "is not a regular file");
  std::array<std::byte, sizeof(ConnectionSecret) + 1> bytes{};
  const ssize_t size = ::read(file.get(), bytes.data(), bytes.size());
  if (size < 0) return secret_error(path, errno_text());
  if (size != sizeof(ConnectionSecret)) {
    return secret_error(path, "must contain exactly 32 bytes; remove it to have a new one created");
  }
  ConnectionSecret secret;
  std::copy_n(bytes.begin(), secret.size(), secret.begin());
  return secret;
}

std::expected<ConnectionSecret, std::string> make_secret(const std::string& path) {
  // Under a temporary name first, so that a crash cannot leave a partial secret.
  const std::string unfinished = path + ".new";
  ::unlink(unfinished.c_str());
  const Fd file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return secret_error(path, "cannot be created: " + errno_text());
  const ConnectionSecret secret = random_connection_secret();
  errno = ENOSPC;  // a short write sets no errno, and means this
  const bool written =
      ::write(file.get(), secret.data(), secret.size()) == ssize_t{sizeof secret} &&
      ::fsync(file.get()) == 0 && ::rename(unfinished.c_str(), path.c_str()) == 0;
  if (written) return secret;
  const std::string reason = errno_text();
  ::unlink(unfinished.c_str());
  return secret_error(path, "cannot be written: " + reason);
}

}  // namespace

ConnectionSecret random_connection_secret() {
  ConnectionSecret secret;
  randombytes_buf(secret.data(), secret.size());
  return secret;
}

std::expected<ConnectionSecret, std::string> load_connection_secret(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file) return read_secret(path, file);
  if (errno == ENOENT) return make_secret(path);
  return secret_error(path, errno_text());
}

ConnectionIds::ConnectionIds(const ConnectionSecret& secret, std::uint32_t max_age_s)
    : secret_(secret),
      epoch_s_((max_age_s + std::uint32_t{epochs_per_age} - 1) / std::uint32_t{epochs_per_age}) {
  CHECK(max_age_s >= epochs_per_age);
}

void ConnectionIds::set_time(std::uint64_t unix_seconds) {
  DCHECK(epoch_s_ > 0);
  const std::uint64_t epoch = unix_seconds / epoch_s_;
  if (epoch == epoch_) return;
  epoch_ = epoch;
  for (std::size_t age = 0; age <= epochs_per_age; ++age) keys_[age] = key_of(epoch - age);
  keys_.back() = key_of(epoch + 1);
}

SipKey ConnectionIds::key_of(std::uint64_t epoch) const {
  static_assert(sizeof(ConnectionSecret) == crypto_kdf_KEYBYTES);
  SipKey key{};
  crypto_kdf_derive_from_key(reinterpret_cast<unsigned char*>(key.data()), sizeof key, epoch,
                             "gyre-udp", reinterpret_cast<const unsigned char*>(secret_.data()));
  return key;
}

}  // namespace gyre::udp
