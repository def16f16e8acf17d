// Opens connections to the tracker, from several addresses in turn, with TLS or without. Each
// worker has one, which outlives its connections.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/net/socket_address.hpp"
#include "common/net/socket_name.hpp"
#include "load-test/connection.hpp"
#include "load-test/connection_config.hpp"

namespace gyre::load_test {

class Connector {
 public:
  // The error: TLS is not to be had.
  static std::expected<std::unique_ptr<Connector>, std::string> create(
      const net::SocketAddress& server, const ConnectionConfig& config, bool use_tls);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  // Begins to connect.
  std::expected<Connection, Obstacle> open();

 private:
  Connector(const net::SocketAddress& server, std::uint32_t source_count);
  std::expected<void, std::string> set_up_tls(bool resume);
  std::unique_ptr<ssl_st, FreeTls> begin_tls(int fd);
  static int keep_ticket(ssl_st* ssl, ssl_session_st* session);

  net::SocketName server_;
  std::vector<std::optional<net::SocketName>> sources_;  // nothing: the kernel's choice
  std::uint32_t next_source_ = 0;
  std::unique_ptr<ssl_ctx_st, FreeTls> tls_;         // null: plain
  std::unique_ptr<ssl_session_st, FreeTls> ticket_;  // the newest
};

}  // namespace gyre::load_test
