#include "common/tls/certificates.hpp"

#include <sys/stat.h>

#include <utility>

#include "common/base/clock.hpp"

namespace gyre::tls {

Certificates::Certificates(std::vector<CertificateFiles> files, Seconds ticket_lifetime,
                           std::size_t flight_size_max)
    : files_(std::move(files)),
      flight_size_max_(flight_size_max),
      ticket_keys_(ticket_lifetime > 0 ? std::make_shared<TicketKeys>(ticket_lifetime) : nullptr) {
  advance(0);
}

std::expected<std::vector<std::string>, std::string> Certificates::load() {
  const std::scoped_lock lock(mutex_);
  loaded_ = stamps();  // before reading: a change during it is noticed later
  const auto context = Context::create(files_, ticket_keys_, unix_seconds());
  if (!context) return std::unexpected(context.error());
  if ((*context)->flight_size_max() > flight_size_max_) {
    return std::unexpected("the certificates take " +
                           std::to_string((*context)->flight_size_max()) +
                           " bytes in a handshake, " + std::to_string(flight_size_max_) +
                           " are possible; leave out those that clients have anyway, such as "
                           "roots");
  }
  contexts_.replace(*context);
  const auto warnings = (*context)->warnings();
  return std::vector<std::string>(warnings.begin(), warnings.end());
}

bool Certificates::have_changed() const {
  const std::scoped_lock lock(mutex_);
  return !loaded_.empty() && loaded_ != stamps();
}

void Certificates::advance(Seconds now) {
  if (ticket_keys_) ticket_keys_->advance(now);
}

std::vector<Certificates::Stamp> Certificates::stamps() const {
  std::vector<Stamp> all;
  for (const CertificateFiles& files : files_) {
    all.push_back(stamp_of(files.certificate_path));
    all.push_back(stamp_of(files.private_key_path));
  }
  return all;
}

Certificates::Stamp Certificates::stamp_of(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return {};
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .changed_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
          .mode = status.st_mode,
          .user = status.st_uid,
          .group = status.st_gid};
}

}  // namespace gyre::tls
