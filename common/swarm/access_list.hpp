// Which torrents the tracker serves: a set of info_hashes that are allowed or denied. Immutable
// once made, so that threads share one and a reload replaces it whole.
//
// Kept are 64 bits of a keyed hash of each info_hash, 11 bytes with the free cells, so that lists
// of millions fit beside the swarms. In a list of a million, one info_hash in 2^44 is taken for one
// that is in it; without the secret nobody can look for it.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/open_table.hpp"
#include "common/base/shared_value.hpp"
#include "common/base/sip_hash.hpp"
#include "common/base/types.hpp"

namespace gyre::swarm {

class AccessList {
 public:
  AccessList() = default;  // off: everything is allowed

  // `text` has one info_hash of 40 hex digits on each line (v2 ones truncated to that); blank lines
  // and lines that begin with '#' are passed over. The error names the line.
  static std::expected<AccessList, std::string> parse(AccessMode mode, std::string_view text,
                                                      const SipKey& secret = random_sip_key());

  // The same from a file; the error names it, and the line as `path:line`.
  static std::expected<AccessList, std::string> load(AccessMode mode, const std::string& path,
                                                     const SipKey& secret = random_sip_key());

  bool allows(const InfoHash& info_hash) const {
    return mode_ == AccessMode::off || allows_hash(keyed_hash(secret_, std::span(info_hash.bytes)));
  }
  // The same for who has the info_hash's keyed hash under the secret of the list.
  bool allows_hash(std::uint64_t hash) const {
    return mode_ == AccessMode::off || contains(hash) == (mode_ == AccessMode::allow);
  }
  bool is_under(const SipKey& secret) const {
    return mode_ == AccessMode::off || secret_ == secret;
  }
  // Starts to fetch what allows_hash() will read.
  void prefetch(std::uint64_t hash) const {
    if (mode_ != AccessMode::off) items_.prefetch(table_hash(hash));
  }
  AccessMode mode() const { return mode_; }
  std::size_t size() const { return items_.size(); }  // different info_hashes

 private:
  // A keyed hash of an info_hash; one of zero is kept as one.
  struct Item {
    static constexpr TableShape table_shape{
        .slots_min = 1, .fill_max = 75, .fill_min = 0, .growth = 25};
    std::uint64_t hash = 0;
    bool is_free() const { return hash == 0; }
  };

  static std::uint32_t table_hash(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32);
  }
  bool contains(std::uint64_t hash) const;
  void insert(std::uint64_t hash);

  AccessMode mode_ = AccessMode::off;
  SipKey secret_{};
  OpenTable<Item> items_;
};

// The list in use, shared by the threads of a tracker and replaced whole on reload.
using SharedAccessList = SharedList<AccessList>;

}  // namespace gyre::swarm
