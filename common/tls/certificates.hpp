// The certificates that a program serves with, as the operator's files have them now. Between those
// files and the workers, who take the context in force for each new session: it is replaced whole
// on a reload, and stays when the new files are no good. It starts no thread and logs nothing.
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

struct CertificatesOptions {
  std::vector<CertificateFiles> files;
  Seconds ticket_lifetime = 0;      // 0: no session tickets
  std::size_t flight_size_max = 0;  // what the program can send in a handshake, in bytes
};

class Certificates {
 public:
  explicit Certificates(const CertificatesOptions& options);

  // Reads all files. The error names the file and what is wrong with it; the value has sentences
  // for the operator, who may have wanted something else.
  std::expected<std::vector<std::string>, std::string> load();

  // Whether a file is not the one that load() last read, or tried to read.
  bool have_changed() const;

  // Changes the keys of session tickets if it is time.
  void advance(Seconds now);

  const SharedValue<Context>& contexts() const { return contexts_; }  // null before load()

 private:
  // What tells one version of a file from another.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;  // not there
    std::int64_t changed_ns = 0;
    std::uint32_t mode = 0;  // a file that could not be read may have become readable
    std::uint32_t user = 0;
    std::uint32_t group = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp stamp_of(const std::string& path);
  std::vector<Stamp> stamps() const;

  CertificatesOptions options_;
  std::shared_ptr<TicketKeys> ticket_keys_;
  SharedValue<Context> contexts_;
  mutable std::mutex mutex_;
  std::vector<Stamp> loaded_;  // under the mutex; empty before the first load()
};

}  // namespace gyre::tls
