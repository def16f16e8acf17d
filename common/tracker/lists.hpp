// The lists that an operator gives a tracker, of torrents and of clients, and their files.
//
// Threading: all functions belong to one thread; workers read access() and deny().
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "common/base/sip_hash.hpp"
#include "common/config/access_list.hpp"
#include "common/config/deny.hpp"
#include "common/limits/deny_lists.hpp"
#include "common/swarm/access_list.hpp"

namespace gyre::tracker {

class Lists {
 public:
  // The access list is made under `hash_secret`.
  Lists(const config::AccessListConfig& access, const config::DenyConfig& deny,
        const SipKey& hash_secret)
      : access_config_(access), deny_config_(deny), hash_secret_(hash_secret) {}

  // Reads all files, and logs what they contain. On an error, which names the file, and the line as
  // `path:line`, all lists stay as they are.
  std::expected<void, std::string> load();
  // Whether they have been read.
  std::expected<void, std::string> check() const;
  bool are_configured() const { return !paths().empty(); }
  std::vector<std::string> paths() const;  // of the files

  const swarm::SharedAccessList& access() const { return access_; }
  const limits::SharedDenyLists& deny() const { return deny_; }

 private:
  std::expected<limits::DenyLists, std::string> load_deny_lists() const;

  config::AccessListConfig access_config_;
  config::DenyConfig deny_config_;
  SipKey hash_secret_;
  swarm::SharedAccessList access_;
  limits::SharedDenyLists deny_;
  bool are_read_ = false;
};

}  // namespace gyre::tracker
