// The certificates that a program serves, loaded from the operator's files. Workers take the
// current context for each new session. A reload replaces it as a whole, and keeps the old one if
// the new files are no good.
//
// Threading: everything may be called from any thread.
#pragma once

#include <cstddef>
#include <ctime>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/shared_value.hpp"
#include "common/base/types.hpp"
#include "common/tls/context.hpp"
#include "common/tls/ticket_keys.hpp"

namespace gyre::tls {

class Certificates {
 public:
  // `ticket_lifetime` 0: no session tickets. `flight_size_max`: bytes that the program can send in
  // a handshake.
  Certificates(std::vector<CertificateFiles> files, Seconds ticket_lifetime,
               std::size_t flight_size_max);

  // Reads all files. The error names the file and says what is wrong with it. The value is a list
  // of warnings for the operator.
  std::expected<std::vector<std::string>, std::string> load();

  // Whether any file differs from the one that load() last read or tried to read.
  bool have_changed() const;

  // Rotates the keys of session tickets if it is time.
  void advance(Seconds now);

  const SharedValue<Context>& contexts() const { return contexts_; }  // null before load()

 private:
  // Tells one version of a file from another, without reading it.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;  // -1: there is no such file
    std::int64_t changed_ns = 0;
    std::uint32_t mode = 0;  // an unreadable file may have become readable
    std::uint32_t user = 0;
    std::uint32_t group = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp stamp_of(const std::string& path);
  std::vector<Stamp> stamps() const;

  std::vector<CertificateFiles> files_;
  std::size_t flight_size_max_;
  std::shared_ptr<TicketKeys> ticket_keys_;
  SharedValue<Context> contexts_;
  mutable std::mutex mutex_;
  std::vector<Stamp> loaded_;  // under the mutex; empty before the first load()
};

}  // namespace gyre::tls
