// Benchmark of lookups in lists of networks: addresses that are in none of them, from everywhere
// or from the networks' neighbourhood.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/random.hpp"
#include "common/net/network_list.hpp"

namespace {

using namespace gyre;

constexpr std::size_t address_count = 1 << 16;

// As allocations are: in IPv4 spread, in IPv6 in a few dozen blocks.
Ipv4Address ipv4_network(Random& random) {
  Ipv4Address address;
  store_be(address.bytes.data(), static_cast<std::uint32_t>(random.next()) & 0xffff'fe00);
  return address;
}
Ipv6Address ipv6_network(Random& random) {
  Ipv6Address address;
  const std::uint64_t block = 0x2a00 + random.below(32);
  store_be(address.bytes.data(), block << 48 | (random.next() & 0xffff'ffff) << 16);
  return address;
}

std::string lines(std::int64_t count, auto network, const char* bits) {
  Random random(1);
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) text += to_string(network(random)) + bits + "\n";
  return text;
}

template <class Address>
void look_up(benchmark::State& state, const std::string& text, auto network) {
  const auto list = net::NetworkList::parse_lines(text).value();
  Random random(2);
  std::vector<Address> addresses(address_count);
  for (Address& address : addresses) {
    address = network(random);
    address.bytes[sizeof(Address) == 4 ? 2 : 5] |= std::byte{1};  // beside the networks
  }
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(list.contains(addresses[next++ % address_count]));
  }
}

void ipv4(benchmark::State& state) {
  look_up<Ipv4Address>(state, lines(state.range(0), ipv4_network, "/24"), ipv4_network);
}
void ipv6(benchmark::State& state) {
  look_up<Ipv6Address>(state, lines(state.range(0), ipv6_network, "/48"), ipv6_network);
}
BENCHMARK(ipv4)->Name("contains/ipv4")->Arg(0)->Arg(1000)->Arg(100'000);
BENCHMARK(ipv6)->Name("contains/ipv6")->Arg(0)->Arg(1000)->Arg(100'000);

void parse(benchmark::State& state) {
  const std::string text = lines(state.range(0), ipv4_network, "/24");
  for (auto _ : state) benchmark::DoNotOptimize(net::NetworkList::parse_lines(text));
}
BENCHMARK(parse)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
