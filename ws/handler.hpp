// The policy of the WebSocket tracker: who gets which reply, which peers get an offer, and which
// answers are relayed. It handles the parsed messages about the torrents that its worker owns,
// whichever worker received them, and sends messages through an interface. Neither sockets nor
// clocks: the worker sets the time once per turn.
//
// Rules (documents/architecture.md, "Signaling"): an announce gets its reply first, then its offers
// are relayed, each to another peer; an answer gets no reply, and is relayed only if it is
// expected; a failure names what it is about.
//
// Threading: one handler per worker.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/check.hpp"
#include "common/base/random.hpp"
#include "common/limits/deny_lists.hpp"
#include "common/swarm/access_list.hpp"
#include "ws/config.hpp"
#include "ws/counters.hpp"
#include "ws/expected_answers.hpp"
#include "ws/message_sink.hpp"
#include "ws/protocol.hpp"
#include "ws/replies.hpp"
#include "ws/swarms.hpp"

namespace gyre::ws {

class Handler {
 public:
  // REQUIRES: everything passed by reference outlives it.
  Handler(const ProtocolConfig& config, Swarms& swarms, ExpectedAnswers& expected, Random random,
          MessageSink& sink, WorkerMetrics& metrics);

  void set_time(Seconds now) {
    DCHECK(now >= now_);
    now_ = now;
    expected_.age(now);
  }
  // From now on clients are told this interval.
  void set_announce_interval(Seconds interval) { interval_s_ = interval; }
  // Torrents that the list does not allow are removed by drop_disallowed().
  // REQUIRES: the list was built with the hash secret of the swarms.
  void set_access_list(std::shared_ptr<const swarm::AccessList> list);
  void set_deny_lists(std::shared_ptr<const limits::DenyLists> lists);
  const limits::DenyLists& deny_lists() const { return *deny_lists_; }
  // Continues removing what set_access_list() forbids, for about `count` torrents.
  void drop_disallowed(std::uint32_t count);
  bool is_dropping() const { return drop_from_.has_value(); }

  // `offers_max`: how many offers the sender's rate allows.
  void announce(const Sender& sender, const Announce& announce, std::uint32_t offers_max);
  void answer(const Sender& sender, const Answer& answer);
  // Removes all peers of a connection.
  void forget(const ConnectionRef& connection) { swarms_.forget(connection); }

  bool has_peers(const ConnectionRef& connection) { return swarms_.has_peers(connection); }

  // Of all families together.
  swarm::SwarmCounts scrape(const InfoHash& info_hash);

  // Sends the reason why a message is not served.
  void refuse(const ConnectionRef& to, const Failure& failure);

  // For gauges.
  const Swarms& swarms() const { return swarms_; }
  void check_invariants() { swarms_.check_invariants(); }
  std::size_t answers_due() const { return expected_.count(); }

 private:
  SwarmId swarm_of(const InfoHash& info_hash, const ClientAddress& address) const;
  bool allows(const Sender& sender, const InfoHash& info_hash);
  bool denies(const Sender& sender, const PeerId& peer_id, const InfoHash& info_hash);
  void fail(const Sender& sender, std::string_view reason, const InfoHash& info_hash);
  void reply(const Sender& sender, const SwarmId& id);
  // Without `offerer` (it is not stored) nobody gets them.
  void relay_offers(const Sender& sender, const Announce& announce,
                    std::optional<PeerHandle> offerer, std::uint32_t offers_max);

  const ProtocolConfig& config_;
  Random random_;
  MessageSink& sink_;
  WorkerMetrics& metrics_;
  Swarms& swarms_;
  ExpectedAnswers& expected_;
  std::shared_ptr<const swarm::AccessList> access_list_;
  std::shared_ptr<const limits::DenyLists> deny_lists_;
  std::optional<std::uint32_t> drop_from_;  // where drop_disallowed() continues
  std::vector<PeerHandle> chosen_;
  Seconds now_ = 0;
  Seconds interval_s_;
};

}  // namespace gyre::ws
