// Connection ids (BEP 15) without state: a MAC of a span of time and the client's address, so that
// who does not receive at an address cannot announce from it. Between the handler and the hash;
// it knows neither sockets nor ports: clients use an id for every port of a tracker, and from any
// port of their own.
//
// Time is cut into epochs of a quarter of `max_age`. Each epoch has its own SipHash-2-4 key,
// derived from one secret, so keys rotate while every worker, and the process after a restart with
// the same secret, comes to the same ids. An id is accepted for at least `max_age` and at most a
// quarter more.
//
// Threading: one ConnectionIds for each worker; copies of one secret agree.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "common/base/sip_hash.hpp"
#include "common/base/types.hpp"
#include "udp/protocol.hpp"

namespace gyre::udp {

using ConnectionSecret = std::array<std::byte, 32>;

ConnectionSecret random_connection_secret();  // from the system's CSPRNG

// Reads the secret from a file of exactly 32 bytes, or makes that file (mode 0600) when it is
// missing. The error names the file and says what to do.
std::expected<ConnectionSecret, std::string> load_connection_secret(const std::string& path);

class ConnectionIds {
 public:
  // Requires: max_age_s >= epochs_per_age.
  ConnectionIds(const ConnectionSecret& secret, std::uint32_t max_age_s);

  // Call whenever time may have passed; cheap while the epoch stays the same.
  void set_time(std::uint64_t unix_seconds);

  // Never 0: some clients read that as "not connected".
  ConnectionId issue(Ipv4Address address) const { return id(keys_[current], address); }
  ConnectionId issue(const Ipv6Address& address) const { return id(keys_[current], address); }

  bool valid(ConnectionId id, Ipv4Address address) const { return any_matches(id, address); }
  bool valid(ConnectionId id, const Ipv6Address& address) const { return any_matches(id, address); }

 private:
  // The current epoch first, as nearly all ids are of it or the one before; the next one last, for
  // clocks that step back over the border of an epoch.
  static constexpr std::size_t epochs_per_age = 4;
  static constexpr std::size_t current = 0;
  static constexpr std::size_t key_count = 1 + epochs_per_age + 1;

  template <class Address>
  static ConnectionId id(const SipKey& key, const Address& address) {
    const ConnectionId id = sip_hash<2, 4>(key, std::span(address.bytes));
    return id != 0 ? id : 1;
  }
  template <class Address>
  bool any_matches(ConnectionId presented, const Address& address) const {
    return std::ranges::any_of(keys_,
                               [&](const SipKey& key) { return id(key, address) == presented; });
  }
  SipKey key_of(std::uint64_t epoch) const;

  ConnectionSecret secret_;
  std::uint32_t epoch_s_;
  std::uint64_t epoch_ = ~std::uint64_t{0};
  std::array<SipKey, key_count> keys_{};  // of the current epoch, the ones before it, the next
};

}  // namespace gyre::udp
