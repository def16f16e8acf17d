// Benchmark of a UDP worker's work between receiving and sending, in batches of a turn, with the
// requests of the load test: the distance of gyre_udp from the floor, without the noise of sockets.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/bytes.hpp"
#include "load-test/udp/request_source.hpp"
#include "udp/handler.hpp"
#include "udp/limits.hpp"

namespace {

using namespace gyre;
using namespace gyre::udp;

constexpr std::uint32_t torrent_count = 10'000;  // few enough not to prefetch peers
constexpr std::size_t batch_size = 32;           // datagrams of one turn
constexpr std::size_t batch_count = 625;         // prepared: each peer announces once
constexpr std::size_t datagram_size_max = announce_request_size;
constexpr std::size_t bytes_left_end = 71;    // of an announce: the lowest byte of the number
constexpr std::size_t event_end = 83;         // likewise
constexpr std::uint64_t turn_ns = 32 * 1000;  // when a worker has all that it can serve
constexpr std::uint64_t unix_seconds = 1'700'000'000;

struct Datagram {
  std::array<std::byte, datagram_size_max> bytes;
  std::size_t size;
  PeerAddress<Ipv4Address> source;
};

// One: the load test sends everything from one address for each of its workers. More of them are
// public addresses, all in different networks.
PeerAddress<Ipv4Address> source_of(std::uint32_t number, std::uint32_t source_count) {
  PeerAddress<Ipv4Address> source{.port = 4000};
  const std::uint32_t bits =
      source_count == 1 ? 0x7f000002 : 0x20000001 + number % source_count * 256;
  store_be(source.address.bytes.data(), bits);
  return source;
}

struct Load {
  std::vector<load_test::Peer> peers;
  std::vector<Datagram> datagrams;

  Load(const ConnectionIds& ids, std::uint32_t connect_share, std::uint32_t source_count) {
    peers =
        load_test::make_peers({.torrent_count = torrent_count, .peer_count = 2 * torrent_count});
    load_test::udp::RequestsConfig config{.number_of_torrents = torrent_count,
                                          .number_of_peers = 2 * torrent_count};
    load_test::udp::RequestSource requests(config, peers, 0, 0);
    Random random(1);
    datagrams.resize(std::max<std::size_t>(batch_count * batch_size, source_count));
    for (std::size_t i = 0; i < datagrams.size(); ++i) {
      Datagram& datagram = datagrams[i];
      datagram.source = source_of(random.below(source_count), source_count);
      if (random.below(100) < connect_share) {
        datagram.size = requests.write_connect(datagram.bytes, 1);
      } else {
        const ConnectionId id = ids.issue(datagram.source.address);
        datagram.size = requests.write_announce(datagram.bytes, id, 1);
      }
    }
  }
};

struct Worker {
  swarm::SwarmMaps swarms{SipKey{1, 2}};
  WorkerMetrics metrics;
  Random draws{2};
  ConnectionIds ids{{}, 120};
  Handler handler;
  std::array<Datagram, batch_size> received{};
  std::array<Handler::Prepared, batch_size> prepared{};
  std::vector<std::byte> out = std::vector<std::byte>(batch_size * response_size_max);
  std::int64_t answered = 0;
  std::uint64_t now_ns = 100'000'000'000;

  Worker() : handler({}, swarms, ids, Random(1), metrics, rates()) { ids.set_time(unix_seconds); }

  // The default, which no source reaches.
  static ClientRates rates() {
    return ClientRates({.per_second = 100}, {.size = std::size_t{1} << 20, .secret = 3});
  }
  void turn(std::span<const Datagram> batch) {
    handler.set_time(100, unix_seconds, now_ns += turn_ns);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      std::copy_n(batch[i].bytes.begin(), datagram_size_max, received[i].bytes.begin());
      received[i].size = batch[i].size;
      received[i].source = batch[i].source;
      if (batch[i].size == datagram_size_max) draw_left(received[i]);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      prepared[i] = handler.prepare(bytes(i), received[i].source.address);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      handler.prefetch_swarm<Ipv4Address>(bytes(i), prepared[i]);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::span room = std::span(out).subspan(i * response_size_max, response_size_max);
      answered += handler.handle(bytes(i), prepared[i], received[i].source, room) > 0 ? 1U : 0U;
    }
  }
  // Chosen anew each time, as in the load test.
  void draw_left(Datagram& announce) {
    const bool seeder = draws.below(4) != 0;
    announce.bytes[bytes_left_end] = seeder ? std::byte{0} : std::byte{50};
    announce.bytes[event_end] = seeder ? std::byte{1} : std::byte{2};  // completed, started
  }
  std::span<const std::byte> bytes(std::size_t i) const {
    return std::span(received[i].bytes).first(received[i].size);
  }
};

// A separate function, so that profilers can tell the measured part from its preparation.
[[gnu::noinline]] void measured_turn(Worker& worker, std::span<const Datagram> batch) {
  worker.turn(batch);
}

// Gives half of the torrents peers of the other family.
void add_ipv6_peers(Worker& worker, const Load& load) {
  Random random(2);
  for (const Datagram& datagram : load.datagrams) {
    if (datagram.size != datagram_size_max) continue;
    const auto key = worker.swarms.key(info_hash_of_announce(datagram.bytes));
    if (key.hash % 2 != 0) continue;
    swarm::Announce<Ipv6Address> announce{.peer = {{}, 6881}};
    store_be(announce.peer.address.bytes.data(),
             std::uint64_t{0x20010db8'00000000} + random.below(1U << 31));
    worker.swarms.announce(key, announce, 100, random, {});
  }
}

// The share of connects is in percent; the rest are announces.
void measure(benchmark::State& state, bool half_in_both_families) {
  Worker worker;
  const Load load(worker.ids, static_cast<std::uint32_t>(state.range(0)),
                  static_cast<std::uint32_t>(state.range(1)));
  if (half_in_both_families) add_ipv6_peers(worker, load);
  const auto batch = [&load](std::size_t index) {
    return std::span(load.datagrams).subspan(index * batch_size, batch_size);
  };
  const std::size_t batches = load.datagrams.size() / batch_size;
  for (std::size_t i = 0; i < batches; ++i) worker.turn(batch(i));
  worker.answered = 0;
  std::size_t next = 0;
  for (auto _ : state) {
    measured_turn(worker, batch(next));
    next = (next + 1) % batches;
  }
  const auto served = static_cast<std::int64_t>(state.iterations() * batch_size);
  if (worker.answered != served) state.SkipWithError("not all requests were answered");
  state.SetItemsProcessed(served);
}
void serve(benchmark::State& state) {
  measure(state, false);
}
BENCHMARK(serve)
    ->ArgNames({"connects", "sources"})
    ->Args({0, 1})
    ->Args({50, 1})
    ->Args({0, 100'000});

void serve_half_in_both_families(benchmark::State& state) {
  measure(state, true);
}
BENCHMARK(serve_half_in_both_families)->ArgNames({"connects", "sources"})->Args({0, 100'000});

}  // namespace
