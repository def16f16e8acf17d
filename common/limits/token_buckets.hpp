// Token buckets of addresses and their networks: how much each may ask for. An address is an IPv4
// address or an IPv6 /64, its network an IPv4 /24 or IPv6 /48.
//
// Rules:
//   1. Only publicly routable addresses are limited (AddressClass).
//   2. What an address asks for is taken from its own bucket and its network's, or from neither.
//   3. A network and its addresses share one cache line. A newcomer replaces the fullest bucket
//      there. Whoever is forgotten starts with a full bucket, so an attacker with many addresses
//      takes nothing from others; those who are at their limit are forgotten last.
//   4. Two that share a cache line are confused with a probability of 2^-16.
//   5. The first 6 % of an address's rate that a network asks for in every 67 ms are not charged.
//      Most ask for less, and then need one byte of a small table in place of a cache line: with
//      rule 2 alone, serve/sources:100000 of udp_handler_benchmark takes 12 % more time.
//   6. Memory is mapped when it is first needed, and takes no more than the pages in use.
//
// Times are arguments; the clock never goes back. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "common/base/address_class.hpp"
#include "common/base/prefetch.hpp"
#include "common/base/types.hpp"

namespace gyre::limits {

// Where the buckets of an address are, in all tables. The secret keeps clients from choosing
// addresses that collide.
struct BucketKey {
  std::uint64_t network_hash = 0;
  std::uint16_t host = 0;  // the rest of the address, in its network
  bool is_limited = false;
};
// `address_class` is that of the address.
BucketKey bucket_key(Ipv4Address address, AddressClass address_class, std::uint64_t secret);
BucketKey bucket_key(const Ipv6Address& address, AddressClass address_class, std::uint64_t secret);
BucketKey bucket_key(const ClientAddress& address, std::uint64_t secret);

struct BucketRate {
  std::uint32_t per_second = 0;       // of an address; 0: no limit
  std::uint32_t network_factor = 16;  // so many times that for its network
  std::uint32_t burst_s = 400;        // a full bucket holds what comes in so many seconds
};

struct BucketTable {
  std::size_t size = std::size_t{64} << 10;  // bytes
  std::uint64_t secret = 0;                  // of bucket_key()
};
// The size of a table, if there are so many: all together a 256th of the memory at most. More than
// a MiB would not pay: it remembers 32,768 networks and 98,304 addresses at their limit.
std::size_t bucket_table_size(std::uint64_t usable_memory, std::size_t table_count);

class TokenBuckets {
 public:
  // REQUIRES: a full bucket fills up within an hour.
  TokenBuckets(const BucketRate& rate, const BucketTable& table);

  // Buckets keep what they have, in seconds.
  void set_rate(const BucketRate& rate);

  // Before a take() that follows soon.
  void prefetch(const BucketKey& key) const {
    if (few_ != nullptr) gyre::prefetch(&few_of(key));
  }
  // Takes one token. False if the address or its network has none.
  bool take(const BucketKey& key, std::uint64_t now_ns) {
    if (!key.is_limited || price_[address_part] == 0) return true;
    return is_one_of_few(key, now_ns) || take_limited(key, now_ns);
  }
  bool take(const ClientAddress& address, std::uint64_t now_ns) {
    return price_[address_part] == 0 || take(bucket_key(address, secret_), now_ns);
  }

 private:
  enum Part : std::size_t { network_part, address_part };
  // A fingerprint in the highest 16 bits, and in the others the time when the bucket is full again,
  // in ticks that wrap around after 208 days. Zero is a full bucket of nobody's.
  using Bucket = std::uint64_t;
  struct alignas(cache_line_size) Set {
    std::array<Bucket, 2> networks;
    std::array<Bucket, 6> addresses;
  };
  static_assert(sizeof(Set) == cache_line_size);
  struct Unmap {
    std::size_t size;
    void operator()(Set* sets) const;
  };

  // Requests of networks in this interval, as far as they are not charged.
  using Few = std::array<std::uint8_t, 32'768>;

  std::uint8_t& few_of(const BucketKey& key) const {
    return (*few_)[(key.network_hash >> 32) % std::tuple_size_v<Few>];
  }
  bool is_one_of_few(const BucketKey& key, std::uint64_t now_ns) {
    if (few_max_ == 0 || few_ == nullptr) return false;
    if (const std::uint64_t interval = now_ns >> 26; interval != interval_) {
      interval_ = interval;
      few_->fill(0);
    }
    std::uint8_t& count = few_of(key);
    if (count >= few_max_) return false;
    ++count;
    return true;
  }
  bool take_limited(const BucketKey& key, std::uint64_t now_ns);
  bool map();

  std::array<std::uint64_t, 2> price_{};  // ticks in which a token comes back, by Part; 0: no limit
  std::uint64_t burst_ = 0;               // ticks in which an empty bucket fills up
  std::uint64_t secret_;
  std::uint64_t set_mask_;
  std::uint32_t few_max_ = 0;
  std::uint64_t interval_ = 0;          // of few_
  std::unique_ptr<Few> few_;            // this, too, is made by the first take()
  std::unique_ptr<Set[], Unmap> sets_;  // mapped by the first take()
};

}  // namespace gyre::limits
