// Which torrents the tracker serves: a set of info_hashes that are allowed or denied. Immutable
// once made, so that threads share one and a reload replaces it whole. It reads its file; when to
// do so and what to answer is for others.
//
// Kept are 64 bits of a keyed hash of each info_hash, 11 bytes with the free cells, so that lists
// of millions fit beside the swarms. In a list of a million, one info_hash in 2^44 is taken for one
// that is in it; without the secret nobody can look for it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/prefetch.hpp"
#include "common/base/types.hpp"
#include "common/swarm/keyed_hash.hpp"

namespace gyre::swarm {

class AccessList {
 public:
  AccessList() = default;  // off: everything is allowed

  // `text` has one info_hash of 40 hex digits on each line (v2 ones truncated to that); blank lines
  // and lines that begin with '#' are passed over. The error names the line.
  static std::expected<AccessList, std::string> parse(
      AccessMode mode, std::string_view text, const HashSecret& secret = random_hash_secret());

  // The same from a file; the error names it, and the line as `path:line`.
  static std::expected<AccessList, std::string> load(
      AccessMode mode, const std::string& path, const HashSecret& secret = random_hash_secret());

  bool allows(const InfoHash& info_hash) const {
    return mode_ == AccessMode::off || allows_hash(keyed_hash(secret_, std::span(info_hash.bytes)));
  }
  // The same for who has the info_hash's keyed hash under the secret of the list.
  bool allows_hash(std::uint64_t hash) const {
    return mode_ == AccessMode::off || contains(hash) == (mode_ == AccessMode::allow);
  }
  bool is_under(const HashSecret& secret) const {
    return mode_ == AccessMode::off || secret_ == secret;
  }
  // Starts to fetch what allows_hash() will read.
  void prefetch(std::uint64_t hash) const {
    if (!cells_.empty()) gyre::prefetch(&cells_[home(hash)]);
  }
  AccessMode mode() const { return mode_; }
  std::size_t size() const { return size_; }  // different info_hashes

 private:
  static constexpr std::uint64_t free = 0;  // and a hash of zero is kept as one

  bool contains(std::uint64_t hash) const { return cells_[find(hash)] != free; }
  void insert(std::uint64_t hash);
  std::size_t find(std::uint64_t hash) const;  // its cell, or the free one where it would be
  std::size_t home(std::uint64_t hash) const { return (hash >> 32) * cells_.size() >> 32; }

  AccessMode mode_ = AccessMode::off;
  HashSecret secret_{};
  std::size_t size_ = 0;
  std::vector<std::uint64_t> cells_{};  // open addressing, some of them free
};

}  // namespace gyre::swarm
