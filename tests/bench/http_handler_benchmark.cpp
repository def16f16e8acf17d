// Benchmark of one HTTP request from bytes to bytes: parsing head and target, asking the swarms,
// writing the response.
#include <benchmark/benchmark.h>

#include <span>
#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "http/handler.hpp"

namespace {

using namespace gyre;
using namespace gyre::http;

constexpr std::size_t request_count = 256;
constexpr std::size_t torrent_count = 64;

// Escaped like Transmission and libtorrent do: most bytes, since they are random.
std::string escaped(const InfoHash& info_hash) {
  std::string text;
  constexpr std::string_view digits = "0123456789abcdef";
  for (const std::byte byte : info_hash.bytes) {
    const auto c = std::to_integer<unsigned>(byte);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain) {
      text += static_cast<char>(c);
    } else {
      text += {'%', digits[c >> 4], digits[c & 15]};
    }
  }
  return text;
}

InfoHash random_info_hash(Random& random) {
  InfoHash info_hash;
  for (std::byte& byte : info_hash.bytes) byte = static_cast<std::byte>(random.next());
  return info_hash;
}

std::vector<std::string> make_announces() {
  Random random(1);
  std::vector<InfoHash> torrents(torrent_count);
  for (InfoHash& torrent : torrents) torrent = random_info_hash(random);
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < request_count; ++i) {
    requests.push_back("GET /announce?info_hash=" + escaped(torrents[i % torrent_count]) +
                       "&peer_id=-TR3000-8i6ve0cpteqx&port=" + std::to_string(10000 + i) +
                       "&uploaded=0&downloaded=0&left=1048576&numwant=80&key=746a18f8&compact=1"
                       "&supportcrypto=1&event=started HTTP/1.1\r\nHost: tracker.example:3000\r\n"
                       "User-Agent: Transmission/3.00\r\nAccept: */*\r\n"
                       "Accept-Encoding: deflate, gzip, br, zstd\r\n\r\n");
  }
  return requests;
}

std::vector<std::string> make_scrapes(std::size_t count) {
  Random random(2);
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < request_count; ++i) {
    std::string request = "GET /scrape?";
    for (std::size_t n = 0; n < count; ++n) {
      request += "&info_hash=" + escaped(random_info_hash(random));
    }
    requests.push_back(request + " HTTP/1.1\r\nHost: tracker.example:3000\r\n\r\n");
  }
  return requests;
}

// Half of the torrents get peers of the other family, which clients say that they reach.
void add_ipv6_peers(Handler& handler, const std::vector<std::string>& requests,
                    std::span<std::byte> out) {
  http1::RequestHead head;
  for (std::size_t i = 0; i < request_count; ++i) {
    if (i % torrent_count % 2 != 0) continue;
    (void)http1::parse_request_head(requests[i], head);
    handler.handle(head, client_address_from("2001:db8::" + std::to_string(i)), false, out);
  }
}

void serve(benchmark::State& state, const std::vector<std::string>& requests,
           const HandlerOptions& options, bool half_in_both_families = false) {
  swarm::SwarmMaps swarms{SipKey{}};
  WorkerMetrics metrics;
  Handler handler(options, swarms, Random(1), metrics);
  std::vector<std::byte> out(response_size_max);
  const auto client = client_address_from("203.0.113.7");
  if (half_in_both_families) add_ipv6_peers(handler, requests, out);
  http1::RequestHead head;
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(http1::parse_request_head(requests[next], head));
    benchmark::DoNotOptimize(handler.handle(head, client, false, out));
    next = (next + 1) % request_count;
  }
  state.SetItemsProcessed(state.iterations());
}

void http_announce(benchmark::State& state) {
  serve(state, make_announces(), {});
}
BENCHMARK(http_announce);

void http_announce_both_families(benchmark::State& state) {
  serve(state, make_announces(), {.peers_of_both_families = PeersOfBothFamilies::always});
}
BENCHMARK(http_announce_both_families);

void http_announce_half_in_both_families(benchmark::State& state) {
  serve(state, make_announces(), {.peers_of_both_families = PeersOfBothFamilies::always}, true);
}
BENCHMARK(http_announce_half_in_both_families);

void http_scrape(benchmark::State& state) {
  serve(state, make_scrapes(static_cast<std::size_t>(state.range(0))), {});
}
BENCHMARK(http_scrape)->Arg(1)->Arg(60);

void http_head_only(benchmark::State& state) {
  const auto requests = make_announces();
  http1::RequestHead head;
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(http1::parse_request_head(requests[next], head));
    next = (next + 1) % request_count;
  }
}
BENCHMARK(http_head_only);

void http_announce_parsed(benchmark::State& state) {
  const auto requests = make_announces();
  http1::RequestHead head;
  std::size_t next = 0;
  for (auto _ : state) {
    const std::string_view request = requests[next];
    const Target target = parse_target(request.substr(4, request.find(" HTTP/") - 4));
    benchmark::DoNotOptimize(parse_announce(target.query));
    next = (next + 1) % request_count;
  }
}
BENCHMARK(http_announce_parsed);

}  // namespace
