// Benchmarks of connection ids: a connect, an announce, and a forged announce.
#include <benchmark/benchmark.h>

#include <vector>

#include "common/base/bytes.hpp"
#include "udp/connection_id.hpp"

namespace {

using namespace gyre;
using namespace gyre::udp;

constexpr std::uint32_t address_count = 1024;
constexpr std::uint32_t max_age_s = 120;
constexpr std::uint64_t start = 1'700'000'000;

template <class Address>
std::vector<Address> make_addresses() {
  std::vector<Address> addresses(address_count);
  for (std::uint32_t i = 0; i < address_count; ++i) {
    store_be(addresses[i].bytes.data() + sizeof(Address) - 4, 0x0a000000 + i);
  }
  return addresses;
}

ConnectionIds ids_at(std::uint64_t unix_seconds) {
  ConnectionIds ids({}, max_age_s);
  ids.set_time(unix_seconds);
  return ids;
}

template <class Address>
void issue(benchmark::State& state) {
  const auto addresses = make_addresses<Address>();
  const ConnectionIds ids = ids_at(start);
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ids.issue(addresses[next]));
    next = (next + 1) % address_count;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(issue<Ipv4Address>);
BENCHMARK(issue<Ipv6Address>);

// The argument is the age of the id, in seconds.
template <class Address>
void validate(benchmark::State& state) {
  const auto addresses = make_addresses<Address>();
  ConnectionIds ids = ids_at(start);
  std::vector<ConnectionId> issued;
  issued.reserve(addresses.size());
  for (const Address& address : addresses) issued.push_back(ids.issue(address));
  ids.set_time(start + static_cast<std::uint64_t>(state.range(0)));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ids.valid(issued[next], addresses[next]));
    next = (next + 1) % address_count;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(validate<Ipv4Address>)->Arg(0)->Arg(60)->Arg(max_age_s);
BENCHMARK(validate<Ipv6Address>)->Arg(0)->Arg(60)->Arg(max_age_s);

void refuse_forged(benchmark::State& state) {
  const auto addresses = make_addresses<Ipv4Address>();
  const ConnectionIds ids = ids_at(start);
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ids.valid(4711, addresses[next]));
    next = (next + 1) % address_count;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(refuse_forged);

void begin_epoch(benchmark::State& state) {
  ConnectionIds ids = ids_at(start);
  std::uint64_t now = start;
  for (auto _ : state) ids.set_time(now += max_age_s);
  benchmark::DoNotOptimize(ids);
}
BENCHMARK(begin_epoch);

}  // namespace
