// Policy of the WebSocket tracker: who is answered, whose offers go to whom, and which answers are
// passed on. Between parsed messages and the swarms of one worker: it is given the messages about
// torrents that this worker owns, wherever they came from. It knows no sockets, frames or rings;
// what it has to say goes through a MessageSink; time is set by the worker once per turn.
//
// Rules (documents/architecture.md, "Signaling"): an announce is answered first, then its offers go
// out, each to another peer; an answer gets no reply, and is passed on only if it is due; a failure
// says what it is about.
//
// Threading: one handler for each worker.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/random.hpp"
#include "common/swarm/access_list.hpp"
#include "ws/counters.hpp"
#include "ws/expected_answers.hpp"
#include "ws/message_sink.hpp"
#include "ws/protocol.hpp"
#include "ws/replies.hpp"
#include "ws/swarms.hpp"

namespace gyre::ws {

struct HandlerOptions {
  std::uint32_t max_offers = 10;  // that are passed on of an announce
  std::uint32_t announce_interval_s = 120;
  bool families_together = true;  // peers by IPv4 and IPv6 see each other
  SwarmsOptions swarms = {};
  Seconds offer_age_max = 120;
  std::uint32_t offer_count_max = 1 << 22;  // that may be answered
};

// Whose message it is.
struct Sender {
  ConnectionRef connection;
  ClientAddress address;
};

class Handler {
 public:
  // What is passed by reference outlives it.
  Handler(const HandlerOptions& options, swarm::Budget& budget, Random random, MessageSink& sink,
          WorkerMetrics& metrics);

  void set_time(Seconds now) {
    now_ = now;
    expected_.age(now);
  }
  // The list is made under the hash secret of the swarms. Torrents that it does not allow are
  // forgotten by drop_disallowed().
  void set_access_list(std::shared_ptr<const swarm::AccessList> list);
  // Goes on with that, for about `count` torrents.
  void drop_disallowed(std::uint32_t count);
  bool is_dropping() const { return drop_from_.has_value(); }

  // `offers_max`: how many of its offers the sender's rate allows.
  void announce(const Sender& sender, const Announce& announce, std::uint32_t offers_max);
  void answer(const Sender& sender, const Answer& answer);
  // All peers of that connection are gone.
  void forget(const ConnectionRef& connection) { swarms_.forget(connection); }

  bool has_peers(const ConnectionRef& connection) { return swarms_.has_peers(connection); }

  ScrapeRow scrape(const InfoHash& info_hash);

  // Says why a message is not served.
  void refuse(const ConnectionRef& to, const ParseFailure& failure);

  // For the gauges.
  const Swarms& swarms() const { return swarms_; }
  std::size_t answers_due() const { return expected_.count(); }

 private:
  SwarmId swarm_of(const InfoHash& info_hash, const ClientAddress& address) const;
  bool allows(const Sender& sender, const InfoHash& info_hash);
  void fail(const Sender& sender, std::string_view reason, const InfoHash& info_hash);
  void reply(const Sender& sender, const SwarmId& id);
  // Nobody gets them if the offerer is no peer.
  void relay_offers(const Sender& sender, const Announce& announce,
                    std::optional<PeerHandle> offerer, std::uint32_t offers_max);
  void count(Admission admission, Family family);

  HandlerOptions options_;
  Random random_;
  MessageSink& sink_;
  WorkerMetrics& metrics_;
  Swarms swarms_;
  ExpectedAnswers expected_;
  std::shared_ptr<const swarm::AccessList> access_list_;
  std::optional<std::uint32_t> drop_from_;  // where dropping goes on
  std::vector<PeerHandle> chosen_;
  Seconds now_ = 0;
};

}  // namespace gyre::ws
