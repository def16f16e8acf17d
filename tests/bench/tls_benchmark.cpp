// What TLS costs the server: time of its thread for handshakes and records, memory of idle
// sessions. The client (OpenSSL) is in the same process, and its time is not counted. The library
// that was linked is in the context of the output. Both builds, after scripts/build-wolfssl.sh:
//
//   cmake --preset bench && ninja -C build/bench tls_benchmark
//   cmake --preset bench -B build/bench-slow-tls -DGYRE_WOLFSSL_PREFIX=
//   ninja -C build/bench-slow-tls tls_benchmark
//   for folder in bench bench-slow-tls; do build/$folder/tests/bench/tls_benchmark; done
#include <benchmark/benchmark.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "tests/bench/swarm_store_system.hpp"
#include "tests/support/tls_pair.hpp"

namespace {

using namespace gyre;
using namespace gyre::test;

constexpr std::size_t response_size = 400;  // an announce's response with 50 peers, about

// Both sides of one connection; counts only the time that the server's takes.
class MeasuredPair {
 public:
  MeasuredPair(const TlsClientContext& client_context, std::shared_ptr<const tls::Context> context,
               SSL_SESSION* resume)
      : client_(client_context, resume),
        server_(context),
        room_(std::size_t{64} << 10),
        plaintext_room_(std::size_t{64} << 10) {}

  void shake_hands() {
    for (auto bytes = client_.take(); !bytes.empty(); bytes = client_.take()) deliver(bytes);
    CHECK(server_.status() == tls::Session::Status::open && client_.connected());
  }

  void deliver(std::span<const std::byte> bytes) {
    tls::Output plaintext{.buffer = plaintext_room_, .size = 0};
    tls::Output to_send{.buffer = room_, .size = 0};
    const std::uint64_t before = thread_cpu_ns();
    while (!bytes.empty()) server_.receive(bytes, plaintext, to_send);
    server_ns_ += thread_cpu_ns() - before;
    client_.feed(std::span(room_).first(to_send.size));
  }

  TlsClient& client() { return client_; }
  tls::Session& server() { return server_; }
  double server_seconds() const { return static_cast<double>(server_ns_) / 1e9; }

 private:
  TlsClient client_;
  tls::Session server_;
  std::vector<std::byte> room_;
  std::vector<std::byte> plaintext_room_;
  std::uint64_t server_ns_ = 0;
};

std::shared_ptr<const tls::Context> context_of(KeyKind kind) {
  static std::map<KeyKind, std::shared_ptr<const tls::Context>> contexts;
  auto& context = contexts[kind];
  if (!context) context = make_context(kind, std::make_shared<tls::TicketKeys>(Seconds{3600}));
  return context;
}

void handshake(benchmark::State& state, KeyKind key, const TlsClientOptions& options,
               bool resume = false) {
  const auto context = context_of(key);
  const TlsClientContext client_context(options);
  TlsSession session(nullptr, SSL_SESSION_free);
  if (resume) {
    MeasuredPair first(client_context, context, nullptr);
    first.shake_hands();
    session = first.client().take_session();
    CHECK(session != nullptr);
  }
  for (auto _ : state) {
    MeasuredPair pair(client_context, context, session.get());
    pair.shake_hands();
    CHECK(pair.server().resumed() == resume);
    state.SetIterationTime(pair.server_seconds());
    // TLS 1.3 tickets are for one use each, so that nobody can tell connections of a client.
    if (resume && options.version == TLS1_3_VERSION) session = pair.client().take_session();
  }
  state.SetItemsProcessed(state.iterations());
}

const TlsClientOptions tls13{.version = TLS1_3_VERSION};
const TlsClientOptions tls13_p256{.version = TLS1_3_VERSION, .groups = "P-256"};
const TlsClientOptions tls12{.version = TLS1_2_VERSION};
const TlsClientOptions tls12_p256{.version = TLS1_2_VERSION, .groups = "P-256"};

BENCHMARK_CAPTURE(handshake, tls13_ecdsa, KeyKind::ecdsa_p256, tls13)->UseManualTime();
BENCHMARK_CAPTURE(handshake, tls13_ecdsa_p256, KeyKind::ecdsa_p256, tls13_p256)->UseManualTime();
BENCHMARK_CAPTURE(handshake, tls13_rsa, KeyKind::rsa_2048, tls13)->UseManualTime();
BENCHMARK_CAPTURE(handshake, tls12_ecdsa, KeyKind::ecdsa_p256, tls12)->UseManualTime();
BENCHMARK_CAPTURE(handshake, tls12_rsa, KeyKind::rsa_2048, tls12)->UseManualTime();
BENCHMARK_CAPTURE(handshake, tls13_resumed, KeyKind::ecdsa_p256, tls13, true)->UseManualTime();
BENCHMARK_CAPTURE(handshake, tls13_resumed_p256, KeyKind::ecdsa_p256, tls13_p256, true)
    ->UseManualTime();
BENCHMARK_CAPTURE(handshake, tls12_resumed, KeyKind::ecdsa_p256, tls12, true)->UseManualTime();

void exchange(benchmark::State& state, TlsClientOptions options) {
  options.version = TLS1_3_VERSION;
  const TlsClientContext client_context(options);
  MeasuredPair pair(client_context, context_of(KeyKind::ecdsa_p256), nullptr);
  pair.shake_hands();
  const std::string request(response_size, 'q');
  const std::vector<std::byte> response(response_size);
  std::vector<std::byte> room(std::size_t{64} << 10);
  std::vector<std::byte> plaintext_room(std::size_t{64} << 10);
  for (auto _ : state) {
    pair.client().send(request);
    const auto bytes = pair.client().take();
    std::span<const std::byte> record(bytes);
    tls::Output plaintext{.buffer = plaintext_room, .size = 0};
    tls::Output to_send{.buffer = room, .size = 0};
    const std::uint64_t before = thread_cpu_ns();
    pair.server().receive(record, plaintext, to_send);
    CHECK(pair.server().seal(response, to_send));
    state.SetIterationTime(static_cast<double>(thread_cpu_ns() - before) / 1e9);
    CHECK(plaintext.size == response_size);
  }
}

BENCHMARK_CAPTURE(exchange, preferred, {})->UseManualTime();
BENCHMARK_CAPTURE(exchange, chacha20, {.tls13_ciphers = "TLS_CHACHA20_POLY1305_SHA256"})
    ->UseManualTime();
BENCHMARK_CAPTURE(exchange, aes128, {.tls13_ciphers = "TLS_AES_128_GCM_SHA256"})->UseManualTime();

// Resident memory of sessions after a handshake, a request and a response. They are kept to the
// end, so that what one run leaves behind is not used by the next.
void idle_session(benchmark::State& state, const TlsClientOptions& options) {
  const TlsClientContext client_context(options);
  const auto context = context_of(KeyKind::ecdsa_p256);
  const auto count = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    static std::deque<tls::Session> sessions;
    const std::size_t wanted = sessions.size() + count;
    const std::uint64_t before = bench::resident_size();
    while (sessions.size() < wanted) {
      MeasuredPair pair(client_context, context, nullptr);
      pair.shake_hands();
      pair.client().send("GET / HTTP/1.1\r\n\r\n");
      pair.deliver(pair.client().take());
      std::vector<std::byte> room(tls::sealed_size_max(response_size));
      tls::Output to_send{.buffer = room, .size = 0};
      CHECK(pair.server().seal(std::vector<std::byte>(response_size), to_send));
      sessions.push_back(std::move(pair.server()));
    }
    const auto grown = static_cast<double>(bench::resident_size() - before);
    state.counters["bytes_per_session"] = grown / static_cast<double>(count);
  }
}

BENCHMARK_CAPTURE(idle_session, tls13, tls13)->Arg(10'000)->Iterations(1);
BENCHMARK_CAPTURE(idle_session, tls12, tls12)->Arg(10'000)->Iterations(1);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("tls_library", tls::library_name());
  benchmark::RunSpecifiedBenchmarks();
}
