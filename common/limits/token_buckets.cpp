#include "common/limits/token_buckets.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <span>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"
#include "common/limits/client_hash.hpp"

namespace gyre::limits {
namespace {

constexpr std::uint64_t tick_ns = 64;
constexpr std::uint64_t ticks_per_second = 1'000'000'000 / tick_ns;
constexpr std::uint64_t hour = 3600 * ticks_per_second;
constexpr unsigned time_bits = 48;
constexpr std::uint64_t time_mask = (std::uint64_t{1} << time_bits) - 1;
static_assert(hour < time_mask / 1000);

// Ticks until the bucket is full. Longer than any bucket takes: the time has wrapped around since.
std::uint64_t debt_of(std::uint64_t bucket, std::uint64_t now) {
  const std::uint64_t debt = (bucket - now) & time_mask;
  return debt > hour ? 0 : debt;
}

// The bucket with that fingerprint, or else the fullest, which becomes a full one with it. Nearly
// all are full: the first one is, and the search ends.
template <std::size_t Count>
std::uint64_t& find(std::array<std::uint64_t, Count>& buckets, std::uint64_t fingerprint,
                    std::uint64_t now) {
  for (std::uint64_t& bucket : buckets) {
    if (bucket >> time_bits == fingerprint) return bucket;
  }
  std::size_t fullest = 0;
  std::uint64_t least = debt_of(buckets[0], now);
  for (std::size_t i = 1; i < Count && least > 0; ++i) {
    const std::uint64_t debt = debt_of(buckets[i], now);
    if (debt < least) fullest = i;
    least = std::min(least, debt);
  }
  buckets[fullest] = fingerprint << time_bits | now;
  return buckets[fullest];
}

// Nobody gets to see it. SipHash takes 6 % more of the time of serve/sources:100000 in
// udp_handler_benchmark.
std::uint64_t hash_of(std::uint64_t network, std::uint64_t secret) {
  __extension__ using Product = unsigned __int128;
  constexpr std::uint64_t odd = 0x9e37'79b9'7f4a'7c15;
  const Product once = Product{network ^ secret} * ((secret ^ odd) | 1);
  const std::uint64_t folded =
      static_cast<std::uint64_t>(once >> 64) ^ static_cast<std::uint64_t>(once);
  const Product twice = Product{folded ^ secret} * odd;
  return static_cast<std::uint64_t>(twice >> 64) ^ static_cast<std::uint64_t>(twice);
}

BucketKey key_of(std::uint64_t network, std::uint16_t host, AddressClass address_class,
                 std::uint64_t secret) {
  if (address_class != AddressClass::public_) return {};
  return {.network_hash = hash_of(network, secret), .host = host, .is_limited = true};
}

}  // namespace

BucketKey bucket_key(Ipv4Address address, AddressClass address_class, std::uint64_t secret) {
  const auto bits = load_be<std::uint32_t>(address.bytes.data());
  // Behind a prefix that no IPv6 network has.
  constexpr std::uint64_t mark = std::uint64_t{1} << 63;
  return key_of(mark | bits >> 8, bits & 0xff, address_class, secret);
}

BucketKey bucket_key(const Ipv6Address& address, AddressClass address_class, std::uint64_t secret) {
  if (const auto ipv4 = ipv4_mapped_in(address)) return bucket_key(*ipv4, address_class, secret);
  const auto bits = load_be<std::uint64_t>(address.bytes.data());
  return key_of(bits >> 16, static_cast<std::uint16_t>(bits), address_class, secret);
}

BucketKey bucket_key(const ClientAddress& address, std::uint64_t secret) {
  return std::visit(
      [secret](const auto& of_family) {
        return bucket_key(of_family, address_class(of_family), secret);
      },
      address);
}

std::size_t bucket_table_size(std::uint64_t usable_memory, std::size_t table_count) {
  constexpr std::uint64_t size_min = std::uint64_t{64} << 10;
  constexpr std::uint64_t size_max = std::uint64_t{1} << 20;
  DCHECK(table_count > 0);
  return std::bit_floor(std::clamp(usable_memory / 256 / table_count, size_min, size_max));
}

void TokenBuckets::Unmap::operator()(Set* sets) const {
  ::munmap(sets, size);
}

TokenBuckets::TokenBuckets(const BucketRate& rate, const BucketTable& table)
    : secret_(table.secret),
      set_mask_(std::bit_floor(std::max<std::size_t>(table.size / sizeof(Set), 1)) - 1) {
  set_rate(rate);
}

void TokenBuckets::set_rate(const BucketRate& rate) {
  burst_ = rate.burst_s * ticks_per_second;
  CHECK(burst_ <= hour);
  few_max_ = std::min(rate.per_second / 16, 255U);
  price_ = {};
  if (rate.per_second == 0) return;
  const auto price = [](std::uint64_t per_second) {
    return std::max<std::uint64_t>(ticks_per_second / per_second, 1);
  };
  price_[network_part] = price(std::uint64_t{rate.per_second} * rate.network_factor);
  price_[address_part] = price(rate.per_second);
}

// Without memory nobody is limited.
bool TokenBuckets::map() {
  const std::size_t size = (set_mask_ + 1) * sizeof(Set);
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  sets_ = {static_cast<Set*>(memory), Unmap{size}};
  few_ = std::make_unique<Few>();
  return true;
}

bool TokenBuckets::take_limited(const BucketKey& key, std::uint64_t now_ns) {
  if (sets_ == nullptr && !map()) return true;
  const std::uint64_t now = now_ns / tick_ns & time_mask;
  // The highest bits, which do not choose the set.
  const std::uint64_t fingerprint = key.network_hash >> time_bits;
  Set& set = sets_[key.network_hash & set_mask_];
  Bucket& network = find(set.networks, fingerprint, now);
  Bucket& address = find(set.addresses, fingerprint ^ key.host, now);
  const std::uint64_t network_debt = debt_of(network, now) + price_[network_part];
  const std::uint64_t address_debt = debt_of(address, now) + price_[address_part];
  if (network_debt > burst_ || address_debt > burst_) return false;
  const auto store = [now](Bucket& bucket, std::uint64_t debt) {
    bucket = (bucket & ~time_mask) | ((now + debt) & time_mask);
  };
  store(network, network_debt);
  store(address, address_debt);
  return true;
}

}  // namespace gyre::limits
