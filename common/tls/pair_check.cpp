// clang-format off: options.h defines how the library was built, and must come first.
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
// clang-format on

#include "common/tls/pair_check.hpp"

#include <cstddef>
#include <memory>
#include <vector>

#include "common/tls/io.hpp"

namespace gyre::tls {
namespace {

// Holds the largest certificate file and the rest of a handshake.
constexpr std::size_t flight_size_max = std::size_t{512} << 10;

using Settings = std::unique_ptr<WOLFSSL_CTX, decltype(&wolfSSL_CTX_free)>;
using Connection = std::unique_ptr<WOLFSSL, decltype(&wolfSSL_free)>;

Connection connect(WOLFSSL_CTX* context, Io& io) {
  Connection connection(wolfSSL_new(context), wolfSSL_free);
  if (connection) {
    wolfSSL_SetIOReadCtx(connection.get(), &io);
    wolfSSL_SetIOWriteCtx(connection.get(), &io);
  }
  return connection;
}

}  // namespace

// In TLS 1.3 the server answers a hello with its certificate and signature in one flight.
bool pair_works(WOLFSSL_CTX* server_context) {
  const Settings client_context(wolfSSL_CTX_new(wolfTLSv1_3_client_method()), wolfSSL_CTX_free);
  if (!client_context) return false;
  wolfSSL_CTX_set_verify(client_context.get(), WOLFSSL_VERIFY_NONE, nullptr);  // any issuer
  wolfSSL_CTX_SetIORecv(client_context.get(), receive_from_memory);
  wolfSSL_CTX_SetIOSend(client_context.get(), send_to_memory);

  std::vector<std::byte> from_client(flight_size_max);
  std::vector<std::byte> from_server(flight_size_max);
  Output client_output{.buffer = from_client, .size = 0};
  Output server_output{.buffer = from_server, .size = 0};
  Io client_io{.input = {}, .output = &client_output};
  Io server_io{.input = {}, .output = &server_output};
  const Connection client = connect(client_context.get(), client_io);
  const Connection server = connect(server_context, server_io);
  if (!client || !server) return false;
  wolfSSL_connect(client.get());
  server_io.input = std::span(from_client).first(client_output.size);
  wolfSSL_accept(server.get());
  client_io.input = std::span(from_server).first(server_output.size);
  return wolfSSL_connect(client.get()) == WOLFSSL_SUCCESS;
}

}  // namespace gyre::tls
