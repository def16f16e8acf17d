// One client of the tracker: asks one request at a time, over a connection that it opens when there
// is none, and judges what it is answered. Between the worker, which decides when to ask what, and
// connections. All clients of a worker share a ClientContext.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http1/response_head.hpp"
#include "load-test/connection.hpp"
#include "load-test/http/config.hpp"
#include "load-test/http/request_source.hpp"
#include "load-test/http/response_check.hpp"
#include "load-test/http/statistics.hpp"

namespace gyre::load_test::http {

using load_test::Connection;
using load_test::TlsClient;

// Longer responses are faulty: a thousand IPv4 peers take 6 KiB.
inline constexpr std::size_t response_size_max = 65'536;

struct ClientContext {
  ClientContext(const Config& config, RequestSource& source, TlsClient* tls);

  net::SocketName server;
  std::vector<std::optional<net::SocketName>> sources;  // nothing: the kernel's choice
  std::size_t next_source = 0;
  RequestSource& source;
  TlsClient* tls;  // null: plain
  bool keep_alive;
  CloseBy close_by;
  std::int32_t peers_wanted;
  std::vector<char> request;   // scratch
  std::vector<char> response;  // scratch
  http1::ResponseHead head;    // scratch

  // Of the current turn.
  Statistics* statistics = nullptr;
  std::uint64_t now_ns = 0;
};

class Client {
 public:
  explicit Client(ClientContext& context) : context_(&context) {}

  // Whether something is under way: then advance() is to be called, else something may be begun.
  bool busy() const { return state_ != State::closed && state_ != State::open; }
  bool is_open() const { return state_ == State::open; }
  bool has_request() const { return has_request_; }
  bool has_served() const { return reused_; }  // a request, on the present connection

  // Begins to open a connection. Requires: !busy() and !is_open().
  void open();

  // Requires: !busy(). `due_ns` is when the request should have been sent. `hold`: the connection
  // is kept open whatever the settings say.
  void ask(Kind kind, std::uint64_t due_ns, bool hold = false);

  // Does what can be done by now. Returns whether anything was.
  bool advance();

  // Gives up what began before that time.
  void expire(std::uint64_t began_before_ns);

  // The open connection; the client has none then. Requires: is_open().
  Connection take_connection();

 private:
  enum class State : std::uint8_t {
    closed,
    connecting,
    open,
    waiting,  // for a response
    closing,  // the response is there, the end of the connection not yet
  };

  void send_request();
  bool receive();
  void take(std::string_view bytes, bool is_end);
  void accept(std::string_view body, bool has_length);
  void end_response(bool has_length);
  void fail(Connection::Progress progress);
  void fault(Count what);
  void close(bool reset);
  void add(Count what, std::uint64_t amount = 1) { context_->statistics->add(what, amount); }

  ClientContext* context_;
  std::optional<Connection> connection_;
  State state_ = State::closed;
  bool has_request_ = false;
  bool hold_ = false;
  bool reused_ = false;  // the connection has served a request before
  Kind kind_ = Kind::announce;
  std::uint32_t address_ = 0;
  std::uint64_t due_ns_ = 0;
  std::uint64_t began_ns_ = 0;  // what is under way
  std::string partial_;         // of a response that comes in pieces
};

}  // namespace gyre::load_test::http
