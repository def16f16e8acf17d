// How much each client of a worker may ask for: always, and how much less while the worker gets
// more than it can serve (OverloadLevel). Clients that are not publicly routable are not limited.
//
// Rules:
//   1. Announces and scrapes are charged after a valid connection id, so nobody is charged for what
//      others send in its name.
//   2. Connects are charged in an overload only, apart from requests: their source may be forged.
//      All together are limited as well, since forged ones come from everywhere. So those who have
//      an id are served first. Of what connects may have, half goes to clients within their share,
//      half by chance to those beyond it: nobody is cut off by connects that others forge.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/base/random.hpp"
#include "common/base/types.hpp"
#include "common/limits/token_buckets.hpp"

namespace gyre::udp {

class ClientRates {
 public:
  enum class Outcome : std::uint8_t { served, over_rate, overload };

  explicit ClientRates(const limits::BucketRate& requests = {},
                       const limits::BucketTable& table = {})
      : secret_(table.secret),
        requests_(requests, table),
        shares_({}, table),
        connect_shares_({}, table) {}

  void set_time(std::uint64_t now_ns) { now_ns_ = now_ns; }
  // At the beginning of an interval of OverloadLevel.
  void set_overload(unsigned level);

  template <class Address>
  limits::BucketKey key(const Address& address, AddressClass address_class) const {
    return limits::bucket_key(address, address_class, secret_);
  }
  void prefetch(const limits::BucketKey& client) const { requests_.prefetch(client); }

  Outcome take_request(const limits::BucketKey& client) {
    if (!requests_.take(client, now_ns_)) return Outcome::over_rate;
    if (is_overloaded_ && !shares_.take(client, now_ns_)) return Outcome::overload;
    return Outcome::served;
  }
  bool take_connect(const limits::BucketKey& client) {
    return !is_overloaded_ || !client.is_limited || take_overload_connect(client);
  }

 private:
  bool take_overload_connect(const limits::BucketKey& client) {
    if (connects_left_ > 0 && connect_shares_.take(client, now_ns_)) {
      --connects_left_;
      return true;
    }
    ++connects_beyond_;
    if (beyond_left_ == 0 || !random_.chance(chance_beyond_)) return false;
    --beyond_left_;
    return true;
  }

  std::uint64_t secret_;
  limits::TokenBuckets requests_;
  limits::TokenBuckets shares_;          // of requests, in an overload
  limits::TokenBuckets connect_shares_;  // likewise
  std::uint64_t now_ns_ = 0;
  std::uint32_t connects_left_ = 0;    // within shares, in this interval of an overload
  std::uint32_t beyond_left_ = 0;      // beyond shares
  std::uint32_t connects_beyond_ = 0;  // that came, in this interval
  double chance_beyond_ = 1;           // of each of them
  Random random_{random_seed()};
  bool is_overloaded_ = false;
};

inline void ClientRates::set_overload(unsigned level) {
  // At level 1, per second; at the last one, 6 and 1560.
  constexpr std::uint32_t requests_of_address = 800;
  constexpr std::uint32_t connects_per_interval = 20'000;
  is_overloaded_ = level > 0;
  if (!is_overloaded_) return;
  connects_left_ = (connects_per_interval >> (level - 1)) / 2;
  // As many come in this interval as in the last one.
  chance_beyond_ = std::min(1.0, static_cast<double>(connects_left_) /
                                     std::max(static_cast<double>(connects_beyond_), 1.0));
  connects_beyond_ = 0;
  beyond_left_ = connects_left_;
  const limits::BucketRate share{
      .per_second = requests_of_address >> (level - 1), .network_factor = 2, .burst_s = 10};
  shares_.set_rate(share);
  connect_shares_.set_rate(share);
}

}  // namespace gyre::udp
