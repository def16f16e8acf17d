// Connection ids (BEP 15) without state: a MAC of a period of time and the client's address, so
// that nobody can announce from an address at which he does not receive. Ports are not part of it:
// clients use one id with every port of a tracker, and from any port of their own.
//
// Time is divided into epochs of a quarter of `max_age`. Each epoch has its own SipHash-2-4 key,
// derived from one secret: keys rotate, and yet all workers, and the process after a restart with
// the same secret, compute the same ids. An id is accepted for at least `max_age` and at most a
// quarter longer.
//
// Threading: one ConnectionIds per worker; copies with one secret agree.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "common/base/check.hpp"
#include "common/base/sip_hash.hpp"
#include "common/base/types.hpp"
#include "udp/protocol.hpp"

namespace gyre::udp {

using ConnectionSecret = std::array<std::byte, 32>;

ConnectionSecret random_connection_secret();  // from the system's CSPRNG

// Reads the secret from a file of exactly 32 bytes, or creates that file (mode 0600) if it is
// missing. The error names the file and says what to do.
std::expected<ConnectionSecret, std::string> load_connection_secret(const std::string& path);

class ConnectionIds {
 public:
  // REQUIRES: max_age_s >= epochs_per_age.
  ConnectionIds(const ConnectionSecret& secret, std::uint32_t max_age_s);

  // To be called whenever time may have passed; cheap within an epoch.
  // REQUIRES: called before ids are issued or checked.
  void set_time(std::uint64_t unix_seconds);

  // Never 0: some clients read that as "not connected".
  ConnectionId issue(Ipv4Address address) const { return current_id(address); }
  ConnectionId issue(const Ipv6Address& address) const { return current_id(address); }

  bool valid(ConnectionId id, Ipv4Address address) const { return any_matches(id, address); }
  bool valid(ConnectionId id, const Ipv6Address& address) const { return any_matches(id, address); }

 private:
  // The current epoch's key comes first, since nearly all ids are from it or the one before. The
  // next epoch's is last, for clocks that step back across the start of an epoch.
  static constexpr std::size_t epochs_per_age = 4;
  static constexpr std::size_t current = 0;
  static constexpr std::uint64_t no_epoch = ~std::uint64_t{0};  // set_time() was not called
  static constexpr std::size_t key_count = 1 + epochs_per_age + 1;

  template <class Address>
  static ConnectionId id(const SipKey& key, const Address& address) {
    const ConnectionId id = sip_hash<2, 4>(key, std::span(address.bytes));
    return id != 0 ? id : 1;
  }
  template <class Address>
  bool any_matches(ConnectionId presented, const Address& address) const {
    DCHECK(epoch_ != no_epoch);
    return std::ranges::any_of(keys_,
                               [&](const SipKey& key) { return id(key, address) == presented; });
  }
  template <class Address>
  ConnectionId current_id(const Address& address) const {
    DCHECK(epoch_ != no_epoch);
    return id(keys_[current], address);
  }
  SipKey key_of(std::uint64_t epoch) const;

  ConnectionSecret secret_;
  std::uint32_t epoch_s_;
  std::uint64_t epoch_ = no_epoch;
  std::array<SipKey, key_count> keys_{};  // of the current epoch, earlier ones, the next one
};

}  // namespace gyre::udp
