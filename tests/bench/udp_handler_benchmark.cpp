// Benchmark of a UDP worker's work between receiving and sending, in batches of a turn, with the
// requests of the load test: the distance of gyre_udp from the floor, without the noise of sockets.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

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
constexpr std::size_t bytes_left_end = 71;  // of an announce: the lowest byte of the number
constexpr std::size_t event_end = 83;       // likewise
constexpr std::uint64_t unix_seconds = 1'700'000'000;

struct Datagram {
  std::array<std::byte, datagram_size_max> bytes;
  std::size_t size;
};

// The load test sends everything from one address for each of its workers.
constexpr PeerAddress<Ipv4Address> source{
    {std::byte{127}, std::byte{0}, std::byte{0}, std::byte{2}}, 4000};

struct Load {
  std::vector<load_test::Peer> peers;
  std::vector<Datagram> datagrams;

  Load(const ConnectionIds& ids, std::uint32_t connect_share) {
    peers =
        load_test::make_peers({.torrent_count = torrent_count, .peer_count = 2 * torrent_count});
    load_test::udp::RequestsConfig config{.number_of_torrents = torrent_count,
                                          .number_of_peers = 2 * torrent_count};
    load_test::udp::RequestSource requests(config, peers, 0, 0);
    Random random(1);
    datagrams.resize(batch_count * batch_size);
    for (std::size_t i = 0; i < datagrams.size(); ++i) {
      Datagram& datagram = datagrams[i];
      if (random.below(100) < connect_share) {
        datagram.size = requests.write_connect(datagram.bytes, 1);
      } else {
        const ConnectionId id = ids.issue(source.address);
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

  Worker() : handler({}, swarms, ids, Random(1), metrics) {
    ids.set_time(unix_seconds);
    handler.set_time(100, unix_seconds);
  }

  void turn(std::span<const Datagram> batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      std::copy_n(batch[i].bytes.begin(), datagram_size_max, received[i].bytes.begin());
      received[i].size = batch[i].size;
      if (batch[i].size == datagram_size_max) draw_left(received[i]);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      prepared[i] = handler.prepare(bytes(i), source.address);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      handler.prefetch_swarm<Ipv4Address>(bytes(i), prepared[i]);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::span room = std::span(out).subspan(i * response_size_max, response_size_max);
      answered += handler.handle(bytes(i), prepared[i], source, room) > 0 ? 1U : 0U;
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

// The argument is the share of connects, in percent; the rest are announces.
void serve(benchmark::State& state) {
  Worker worker;
  const Load load(worker.ids, static_cast<std::uint32_t>(state.range(0)));
  const auto batch = [&load](std::size_t index) {
    return std::span(load.datagrams).subspan(index * batch_size, batch_size);
  };
  for (std::size_t i = 0; i < batch_count; ++i) worker.turn(batch(i));
  worker.answered = 0;
  std::size_t next = 0;
  for (auto _ : state) {
    measured_turn(worker, batch(next));
    next = (next + 1) % batch_count;
  }
  const auto served = static_cast<std::int64_t>(state.iterations() * batch_size);
  if (worker.answered != served) state.SkipWithError("not all requests were answered");
  state.SetItemsProcessed(served);
}
BENCHMARK(serve)->ArgName("connects")->Arg(0)->Arg(50);

}  // namespace
