// One WebSocket to the tracker, that of a browser with one peer in some swarms, or an idle one. It
// announces and scrapes when its worker says so, answers offers and pings, and counts and checks
// all that comes. All clients of a worker share a ClientContext.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/fd.hpp"
#include "common/base/random.hpp"
#include "common/http1/response_head.hpp"
#include "load-test/connector.hpp"
#include "load-test/worker.hpp"
#include "load-test/ws/config.hpp"
#include "load-test/ws/outgoing.hpp"
#include "load-test/ws/participants.hpp"
#include "load-test/ws/received_message.hpp"
#include "load-test/ws/sent_offers.hpp"
#include "load-test/ws/verifier.hpp"
#include "ws/deflate.hpp"
#include "ws/message_reader.hpp"

namespace gyre::load_test::ws {

// Longer messages are faulty.
inline constexpr std::size_t message_size_max = 1 << 20;
// While so much waits to be sent, no offer is answered: the tracker does not read.
inline constexpr std::size_t unsent_size_max = 1 << 20;

struct ClientContext {
  // The participants and the worker, which has the time and counts, outlive this.
  ClientContext(const Config& config, std::span<const Participant> participants,
                std::unique_ptr<Connector> connector, const load_test::Worker& worker,
                std::uint32_t worker_index);

  const Config& config;
  std::span<const Participant> participants;
  const load_test::Worker& worker;
  std::unique_ptr<Connector> connector;
  std::string upgrade_request;
  Fd epoll;
  Verifier verifier;
  Canonicalizer canonicalizer;
  gyre::ws::Inflater inflater;
  Random random;
  InputBudget budget;
  std::uint32_t in_flight = 0;  // requests of all clients that wait for their reply

  // Scratch.
  std::vector<char> input;
  std::vector<std::byte> message;
  std::vector<std::byte> inflated;
  std::vector<char> output;
  http1::ResponseHead head;
};

class Client {
 public:
  // `number` is that of the connection, among those of all workers; idle ones follow the others.
  // `key` comes back in the events of ClientContext::epoll.
  Client(ClientContext& context, std::uint32_t number, std::uint32_t key);

  bool is_open() const { return state_ == State::open; }
  bool is_closed() const { return state_ == State::closed; }
  bool is_waiting() const { return request_.has_value(); }  // for a reply
  bool can_ask() const { return is_open() && !is_waiting(); }
  bool is_idle() const { return number_ >= context_->participants.size(); }
  bool has_announced() const { return joined_; }  // an idle one, on the present connection

  // Begins to open a connection.
  // REQUIRES: is_closed().
  void open();

  // `due_ns` is when the request should have been sent.
  // REQUIRES: can_ask(); an announce or a scrape.
  void ask(Kind kind, std::uint64_t due_ns);

  // Does what can be done by now.
  void advance();

  // Gives up what began before that time. The connection is closed then.
  void expire(std::uint64_t began_before_ns);

  // Answers are no longer waited for.
  void give_up_offers();

 private:
  using Event = gyre::ws::MessageReader::Event;
  enum class State : std::uint8_t { closed, connecting, upgrading, open };

  void get_ready();
  void receive();
  void consume(std::span<const char> bytes);
  std::size_t upgrade(std::span<const char> bytes);
  void opened(bool deflated);
  bool take_event(const gyre::ws::MessageReader::Result& result);
  void take_message(std::span<std::byte> payload, bool compressed);
  void take_json(std::span<const std::byte> json);
  std::optional<Count> try_json(std::string_view json);
  std::optional<Count> act_on(const ReceivedMessage& message);
  std::optional<Count> act_on_idle(const ReceivedMessage& message);
  std::optional<Count> end_request(Kind kind, std::optional<Count> response);
  void take_offer(const Verified& offered);
  std::optional<Count> take_answer(const OfferNumber& offer);
  void take_echo(std::span<const std::byte> payload);
  void send_echoes();
  void announce();
  void scrape();
  void send_text(std::string_view text);
  void send(std::span<const char> bytes);
  void flush();
  std::size_t send_now(std::span<const char> bytes);
  void watch(bool for_room);
  void fail(Obstacle obstacle);
  void end_by_tracker();
  void close();
  void add(Count what, std::uint64_t amount = 1) { context_->worker.add(what, amount); }

  ClientContext* context_;
  std::uint32_t number_;
  std::uint32_t key_;
  State state_ = State::closed;
  bool deflated_ = false;
  bool joined_ = false;
  bool had_error_ = false;  // it may have been about something else than the request
  bool watches_room_ = false;
  std::optional<Connection> connection_;
  gyre::ws::MessageReader reader_;
  std::string partial_;             // of a response to the upgrade, or a frame's header
  std::vector<char> unsent_;        // the rest of what there was no room for
  std::vector<Outgoing> outgoing_;  // by swarm
  std::size_t next_swarm_ = 0;
  std::size_t joined_count_ = 0;  // swarms that it has announced in, on the present connection
  std::string echo_;              // what comes back
  std::uint32_t echoes_due_ = 0;
  std::unique_ptr<SentOffers> sent_offers_;  // an idle one has none
  std::uint32_t announce_number_ = 0;
  std::optional<Kind> request_;
  std::uint64_t due_ns_ = 0;    // of the request
  std::uint64_t began_ns_ = 0;  // what is under way
};

}  // namespace gyre::load_test::ws
