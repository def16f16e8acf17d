// Which torrents the tracker serves: a set of info_hashes that are allowed or denied. Immutable
// once made, so that threads share one and a reload replaces it whole. It reads its file; when to
// do so and what to answer is for others.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "common/swarm/keyed_hash.hpp"
#include "common/types.hpp"

namespace gyre::swarm {

enum class AccessMode : std::uint8_t { off, allow, deny };

class AccessList {
 public:
  AccessList() = default;  // off: everything is allowed

  // `text` has one info_hash of 40 hex digits on each line (v2 ones truncated to that); blank lines
  // and lines that begin with '#' are passed over. The error names the line.
  static std::expected<AccessList, std::string> parse(AccessMode mode, std::string_view text);

  // The same from a file; the error names it, and the line as `path:line`.
  static std::expected<AccessList, std::string> load(AccessMode mode, const std::string& path);

  bool allows(const InfoHash& info_hash) const {
    return mode_ == AccessMode::off || contains(info_hash) == (mode_ == AccessMode::allow);
  }
  AccessMode mode() const { return mode_; }
  std::size_t size() const { return size_; }  // different info_hashes

 private:
  bool contains(const InfoHash& info_hash) const;
  void insert(const InfoHash& info_hash);
  std::size_t home(const InfoHash& info_hash) const;

  AccessMode mode_ = AccessMode::off;
  HashSecret secret_{};
  std::size_t size_ = 0;
  bool has_zero_ = false;  // whether the info_hash of all zeros, which marks free cells, is in
  std::vector<InfoHash> cells_{};  // open addressing, at most half full, a power of two
};

}  // namespace gyre::swarm
