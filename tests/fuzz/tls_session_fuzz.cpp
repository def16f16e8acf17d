// Input of a stranger to the TLS port. The first byte chooses its use: for a new session, after a
// handshake, as changes to a real ClientHello, or as the content of a record that is encrypted with
// the right key; the second one the size of its pieces. The session stays within its outputs,
// produces no more plaintext than it was given ciphertext, and never leaves its final state.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/check.hpp"
#include "tests/support/tls_pair.hpp"
#include "tests/support/tls_records.hpp"

namespace {

using namespace gyre;
using namespace gyre::test;
using Status = tls::Session::Status;

enum class Way { first_bytes, after_handshake, changed_hello, sealed };
constexpr std::size_t way_count = 4;

void send_in_pieces(TlsPair& pair, std::span<const std::byte> bytes, std::size_t piece_size) {
  const std::size_t sent_size = bytes.size();
  while (!bytes.empty()) {
    const Status before = pair.server().status();
    const auto piece = bytes.first(std::min(piece_size, bytes.size()));
    const Status after = pair.to_server(piece);
    const bool ended = before != Status::handshaking && before != Status::open;
    CHECK(!ended || after == before);
    CHECK(after != Status::plain_http || before != Status::open);
    bytes = bytes.subspan(piece.size());
  }
  CHECK(pair.received().size() <= sent_size);
  const Status status = pair.server().status();
  const bool may_seal = status == Status::open || status == Status::closed;
  CHECK(pair.send_to_client("d5:peers0:e") == may_seal);
}

// However the bytes are split, they have the same fault.
void guard_in_pieces(std::span<const std::byte> bytes, std::size_t piece_size) {
  tls::RecordGuard whole;
  tls::RecordGuard cut;
  whole.take(bytes);
  for (auto rest = bytes; !rest.empty();) {
    const auto piece = rest.first(std::min(piece_size, rest.size()));
    cut.take(piece);
    rest = rest.subspan(piece.size());
  }
  CHECK(whole.fault() == cut.fault());
}

// Every three bytes are a position and a new value.
void change(std::vector<std::byte>& hello, std::span<const std::byte> changes) {
  for (; changes.size() >= 3; changes = changes.subspan(3)) {
    const auto place =
        std::to_integer<std::size_t>(changes[0]) << 8 | std::to_integer<std::size_t>(changes[1]);
    hello[place % hello.size()] = changes[2];
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3 || size > 8192) return 0;
  static const auto context = make_context();
  static const TlsClientContext client_context({.tls13_ciphers = "TLS_AES_128_GCM_SHA256"});
  static const TlsSecret secret(client_context.get());
  const auto input = std::as_bytes(std::span(data, size)).subspan(2);
  const std::size_t piece_size = data[1] == 0 ? size : data[1];
  guard_in_pieces(input, piece_size);
  TlsPair pair(client_context, context);
  switch (static_cast<Way>(data[0] % way_count)) {
    case Way::first_bytes:
      send_in_pieces(pair, input, piece_size);
      break;
    case Way::after_handshake:
      pair.run();
      CHECK(pair.server().status() == Status::open);
      send_in_pieces(pair, input, piece_size);
      break;
    case Way::changed_hello: {
      auto hello = pair.client().take();
      change(hello, input);
      send_in_pieces(pair, hello, piece_size);
      pair.run();
      break;
    }
    case Way::sealed: {
      pair.run();
      RecordSealer sealer(pair.client().get());
      const auto type = std::to_integer<unsigned>(input.front());
      send_in_pieces(pair, sealer.seal(type, input.subspan(1)), piece_size);
      break;
    }
  }
  return 0;
}
