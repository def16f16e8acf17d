// One thread's share of the WebSocket tracker: its connections, from the HTTP request to the last
// Close, and the swarms that it owns. Between transport, which has bytes, the codecs, the handler,
// which knows what a message means, and the other workers.
//
// Rules:
//   1. A torrent belongs to one worker, by its info_hash. A connection moves to the worker that
//   owns
//      the torrent of its first announce. What it says about other torrents is sent there as text,
//      and handled as if it had been said there.
//   2. What a connection is sent while it does not read waits as whole frames, up to a limit;
//      beyond, messages to it are dropped, and counted.
//   3. Who has said nothing for a while is pinged, and closed if nothing comes back; who has made
//   no
//      announce or scrape is closed after a while, whatever else it says.
//   4. What a message causes is charged to its connection, by what it inflates to and what is
//   relayed
//      of it; what other workers send is worked for a while in each turn.
//
// The parts: worker.cpp has how connections begin and end; worker_messages.cpp what comes,
// worker_sending.cpp what goes, worker_mail.cpp the other workers.
//
// Threading: everything is called from the thread that runs the worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/slot_table.hpp"
#include "common/base/stored_input.hpp"
#include "common/connection/deadline_list.hpp"
#include "common/connection/transport.hpp"
#include "common/http1/forwarded.hpp"
#include "common/http1/request_head.hpp"
#include "common/http1/request_reader.hpp"
#include "common/swarm/shared_access_list.hpp"
#include "ws/connection.hpp"
#include "ws/counters.hpp"
#include "ws/courier.hpp"
#include "ws/deflate.hpp"
#include "ws/exchange.hpp"
#include "ws/handler.hpp"
#include "ws/handshake.hpp"
#include "ws/message_reader.hpp"
#include "ws/origin.hpp"
#include "ws/pages.hpp"
#include "ws/protocol.hpp"
#include "ws/rate.hpp"
#include "ws/replies.hpp"

namespace gyre::ws {

struct WorkerOptions {
  std::uint32_t index = 0;             // of this worker
  connection::Options transport = {};  // listeners, limits and deadlines; sizes are set here
  HandlerOptions handler = {};
  std::size_t message_size_max = 131'072;  // bytes, also when it is inflated
  std::uint32_t max_scrape_torrents = 255;
  bool compression = true;                             // permessage-deflate with those who offer it
  std::size_t compress_from = 1024;                    // messages of so many bytes
  std::size_t unsent_max = std::size_t{1} << 20;       // bytes that wait for a connection
  std::size_t unsent_memory = std::size_t{256} << 20;  // for all of them
  Rate message_rate = {};
  Rate offer_rate = {};
  std::uint64_t first_announce_time_max_ns = 30'000'000'000;
  std::uint64_t ping_interval_ns = 60'000'000'000;
  std::uint64_t pong_time_max_ns = 20'000'000'000;
  OriginRules origins = {};
  // Behind reverse proxies: where the client's address is, and who is believed about it.
  http1::AddressHeader address_header = {};
  net::NetworkList trusted_networks = {};
};

// What all workers of a tracker share. It outlives them.
struct WorkerShares {
  const ProcessClock& clock;
  const swarm::SharedAccessList& access_list;  // made under the secret of the handler's swarms
  swarm::Budget& budget;
  Exchange& exchange;
};

class Worker final : private connection::User, private Courier {
 public:
  // Call in the thread that runs it. The metrics outlive it.
  static std::expected<std::unique_ptr<Worker>, std::string> create(const WorkerOptions& options,
                                                                    const WorkerShares& shares,
                                                                    Random random,
                                                                    WorkerMetrics& metrics);
  ~Worker() override;

  // Runs until stopped; the error says why it cannot go on. All workers of the exchange are there.
  std::expected<void, std::string> run() { return transport_->run(); }
  std::expected<void, std::string> turn(std::chrono::nanoseconds wait_max) {
    return transport_->turn(wait_max);
  }
  bool finished() const { return transport_->finished(); }

 private:
  using Bytes = connection::Bytes;

  Worker(const WorkerOptions& options, const WorkerShares& shares, Random random,
         WorkerMetrics& metrics);

  // Connections.
  void turn_began(std::uint64_t now_ns) override;
  void turn_ended() override;
  void opened(connection::Stream& stream) override;
  std::size_t take(connection::Stream& stream, Bytes bytes) override;
  std::optional<connection::Deadline> deadline_of(const connection::Stream& stream,
                                                  bool has_input) override;
  void handshake_ended(connection::Stream& stream, connection::Handshake result) override;
  std::size_t refuse_plain_http(std::span<std::byte> out) override;
  void closed(connection::Stream& stream) override;
  void expire(std::uint64_t now_ns) override;
  std::uint64_t next_due_ns() override;
  std::size_t take_requests(connection::Stream& stream, Connection& connection, Bytes bytes);
  http1::RequestReader::Taken respond(connection::Stream& stream, Connection& connection,
                                      const http1::HeadResult& result, std::span<const char> input);
  http1::Response upgrade(connection::Stream& stream, Connection& connection,
                          std::span<std::byte> out);
  void begin_websocket(Connection& connection);
  void prove(Connection& connection);
  void end(connection::Stream& stream, CloseCode code, std::string_view reason,
           connection::CloseReason why);
  void release(Connection& connection);
  void say_goodbye();

  // What comes.
  std::size_t take_frames(connection::Stream& stream, Connection& connection, Bytes bytes);
  void handle(connection::Stream& stream, Connection& connection,
              const MessageReader::Result& event);
  void handle_message(connection::Stream& stream, Connection& connection,
                      const MessageReader::Result& event);
  bool is_over_rate(connection::Stream& stream, Connection& connection);
  void handle_compressed(connection::Stream& stream, Connection& connection,
                         const MessageReader::Result& event);
  void note_peers(Connection& connection, const Announce& announce);
  void handle_request(Connection& connection, std::span<const std::byte> message, bool is_binary);
  void route(Connection& connection, const Announce& announce, std::span<const std::byte> message);
  void route(Connection& connection, const Answer& answer, std::span<const std::byte> message);
  void route(Connection& connection, const Scrape& scrape);
  std::uint32_t take_offers(Connection& connection, const Announce& announce);

  // What goes.
  void send(const ConnectionRef& to, Response kind, Parts parts) override;
  void probe(const ConnectionRef& connection) override;
  void writable(connection::Stream& stream) override;
  void send_reply(const ConnectionRef& to, ScrapeReplyWriter& reply);
  void send_message(Connection& connection, Response kind, Parts parts);
  bool send_frame(Connection& connection, const FrameHeader& header, Parts parts);
  bool keep_unsent(Connection& connection, std::span<const std::byte> header, Parts parts);
  void send_ping(Connection& connection);

  // Other workers.
  void woken() override;
  bool make_room_elsewhere(std::uint16_t client_bucket) override;
  void detached(connection::Stream& stream, connection::Moved&& moved) override;
  bool may_move(const Connection& connection) const;
  void begin_move(Connection& connection, std::uint32_t owner, std::span<const std::byte> message,
                  std::uint32_t offers_max);
  void adopt(MovingConnection& moving);
  void handle_mails();
  void handle_mail(Mail& mail);
  void handle_forwarded(const Sender& sender, std::span<const std::byte> text,
                        std::uint32_t offers_max);
  void forward(Connection& connection, std::uint32_t owner, std::span<const std::byte> message,
               std::uint32_t offers_max, const InfoHash& info_hash);
  void pass_on(const ConnectionRef& to, std::unique_ptr<ScrapeRound> round);
  bool post(std::uint32_t worker, Mail&& mail);
  std::uint32_t owner_of(const InfoHash& info_hash) const;

  ConnectionRef ref_of(const Connection& connection) const {
    return {
        .index = connection.stream->index, .serial = connection.serial, .worker = options_.index};
  }
  Connection* find(const ConnectionRef& ref);
  Family family_of(const Connection& connection) const {
    return family_in(connection.state.address);
  }

  WorkerOptions options_;
  WorkerShares shares_;
  WorkerMetrics& metrics_;
  Pages pages_;
  Handler handler_;
  std::uint64_t access_list_version_ = 0;

  SlotTable<Connection> connections_;  // by the index of their streams
  connection::DeadlineList unproven_;  // WebSockets without an announce, by their age
  connection::DeadlineList silent_;    // the others, by when they have said something
  connection::DeadlineList pinged_;
  std::uint32_t websocket_count_ = 0;
  std::uint32_t goodbyes_ = 0;  // how far say_goodbye() has come
  InputBudget unsent_budget_;

  http1::RequestHead head_;
  Parser parser_;
  Inflater inflater_;
  Deflater deflater_;
  // For a message: as it came, in full, and compressed.
  std::unique_ptr<std::byte[]> scratch_;
  std::unique_ptr<std::byte[]> inflated_;
  std::unique_ptr<std::byte[]> deflated_;
  std::vector<std::byte> scrape_reply_;
  std::vector<Mail> mails_;    // taken from the exchange
  std::size_t next_mail_ = 0;  // of these
  std::uint64_t now_ns_ = 0;
  std::uint64_t messages_in_turn_ = 0;
  std::uint64_t cost_ns_ = 0;                         // of what is being handled, so far
  bool is_stopping_ = false;                          // since an earlier turn
  std::unique_ptr<connection::Transport> transport_;  // the last: what it calls is there
};

}  // namespace gyre::ws
