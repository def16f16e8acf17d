// Benchmarks of parsing requests and writing responses.
#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "common/base/random.hpp"
#include "udp/protocol.hpp"

namespace {

using namespace gyre;
using namespace gyre::udp;

// Many different requests, so that branches and cache lines vary.
constexpr std::size_t request_count = 256;

template <class Write>
std::vector<std::vector<std::byte>> make_requests(std::size_t size, Write write) {
  Random random(1);
  std::vector<std::vector<std::byte>> requests(request_count);
  for (auto& request : requests) {
    request.resize(size);
    write(request, random);
  }
  return requests;
}

void parse_all(benchmark::State& state, const std::vector<std::vector<std::byte>>& requests) {
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_request(requests[next]));
    next = (next + 1) % request_count;
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(requests[0].size()));
}

void parse_connect(benchmark::State& state) {
  parse_all(state, make_requests(connect_request_size, [](auto& bytes, Random& random) {
              write_connect_request(bytes, {static_cast<TransactionId>(random.next())});
            }));
}
BENCHMARK(parse_connect);

void parse_announce(benchmark::State& state) {
  const auto write = [](auto& bytes, Random& random) {
    write_announce_request(bytes, {.connection_id = random.next(),
                                   .transaction_id = static_cast<TransactionId>(random.next()),
                                   .bytes_left = random.next(),
                                   .event = static_cast<AnnounceEvent>(random.below(5)),
                                   .peers_wanted = 50,
                                   .port = 6881});
  };
  parse_all(state, make_requests(announce_request_size, write));
}
BENCHMARK(parse_announce);

void parse_scrape(benchmark::State& state) {
  const std::vector<std::byte> hashes(20 * static_cast<std::size_t>(state.range(0)));
  const auto write = [&hashes](auto& bytes, Random& random) {
    write_scrape_request(bytes, {random.next(), 1, hashes});
  };
  parse_all(state, make_requests(scrape_request_head_size + hashes.size(), write));
}
BENCHMARK(parse_scrape)->Arg(1)->Arg(74);

void find_url_data(benchmark::State& state) {
  std::vector<std::byte> options(27, std::byte{'x'});
  options[0] = std::byte{2};
  options[1] = std::byte{25};
  for (auto _ : state) {
    benchmark::DoNotOptimize(options.data());
    benchmark::DoNotOptimize(has_url_data(options));
  }
}
BENCHMARK(find_url_data);

void write_connect(benchmark::State& state) {
  std::array<std::byte, connect_response_size> out{};
  TransactionId id = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(write_connect_response(out, ++id, 77));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(write_connect);

void write_announce_head(benchmark::State& state) {
  std::array<std::byte, announce_response_head_size> out{};
  AnnounceResponse head{.interval = 1800, .leecher_count = 3, .seeder_count = 4};
  for (auto _ : state) {
    ++head.transaction_id;
    benchmark::DoNotOptimize(write_announce_response_head(out, head));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(write_announce_head);

void write_scrape_rows(benchmark::State& state) {
  std::array<std::byte, response_size_max> out{};
  const auto row_count = static_cast<std::uint32_t>(state.range(0));
  for (auto _ : state) {
    std::size_t size = write_scrape_response_head(out, 1);
    for (std::uint32_t row = 0; row < row_count; ++row) {
      size += write_scrape_row(std::span(out).subspan(size), {row, row, row});
    }
    benchmark::DoNotOptimize(size);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(write_scrape_rows)->Arg(1)->Arg(74);

}  // namespace
