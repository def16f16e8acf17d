// One client of the tracker: sends one request at a time, over a connection that it opens when
// there is none, and checks the response. When to ask what is decided by its worker. All clients of
// a worker share a ClientContext.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http1/response_head.hpp"
#include "load-test/connector.hpp"
#include "load-test/http/config.hpp"
#include "load-test/http/request_source.hpp"
#include "load-test/http/response_check.hpp"
#include "load-test/worker.hpp"

namespace gyre::load_test::http {

// Longer responses are faulty: a thousand IPv4 peers take 6 KiB.
inline constexpr std::size_t response_size_max = 65'536;

struct ClientContext {
  const Config& config;
  const load_test::Worker& worker;  // has the time, and counts
  std::unique_ptr<Connector> connector;
  RequestSource source;

  // Scratch.
  std::vector<char> request = std::vector<char>(request_size_max);
  std::vector<char> response = std::vector<char>(response_size_max);
  http1::ResponseHead head = {};
};

class Client {
 public:
  explicit Client(ClientContext& context) : context_(&context) {}

  // Whether something is under way, for which advance() is to be called.
  bool busy() const { return state_ != State::closed && state_ != State::open; }
  bool is_open() const { return state_ == State::open; }
  bool has_request() const { return has_request_; }
  bool has_served() const { return reused_; }  // a request, on the present connection

  // Begins to open a connection.
  // REQUIRES: !busy() and !is_open().
  void open();

  // `due_ns` is when the request should have been sent. `hold`: the connection is kept open
  // whatever the settings say.
  // REQUIRES: !busy().
  void ask(Kind kind, std::uint64_t due_ns, bool hold = false);

  // Does what can be done by now. Returns whether anything was.
  bool advance();

  // Gives up what began before that time.
  void expire(std::uint64_t began_before_ns);

  // The open connection; the client has none then.
  // REQUIRES: is_open().
  Connection take_connection();

 private:
  enum class State : std::uint8_t {
    closed,
    connecting,
    open,
    waiting,  // for a response
    closing,  // the response is complete, the tracker has not closed the connection yet
  };

  void send_request();
  bool receive();
  void take(std::string_view bytes, bool is_end);
  void accept(std::string_view body, bool has_length);
  void end_response(bool has_length);
  void fail(Obstacle obstacle);
  void fault(Count what);
  void close(bool reset);
  bool keeps_connection() const { return hold_ || context_->config.keep_alive; }
  void add(Count what, std::uint64_t amount = 1) { context_->worker.add(what, amount); }

  ClientContext* context_;
  std::optional<Connection> connection_;
  State state_ = State::closed;
  bool has_request_ = false;
  bool hold_ = false;
  bool reused_ = false;  // the connection has served a request before
  Kind kind_ = Kind::announce;
  std::uint64_t due_ns_ = 0;
  std::uint64_t began_ns_ = 0;  // what is under way
  std::string partial_;         // of a response that comes in pieces
};

}  // namespace gyre::load_test::http
