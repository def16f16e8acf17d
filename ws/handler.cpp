#include "ws/handler.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace gyre::ws {
namespace {

std::string_view text_in(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Handler::Handler(const ProtocolConfig& config, Swarms& swarms, ExpectedAnswers& expected,
                 Random random, MessageSink& sink, WorkerMetrics& metrics)
    : config_(config),
      random_(random),
      sink_(sink),
      metrics_(metrics),
      swarms_(swarms),
      expected_(expected),
      access_list_(std::make_shared<const swarm::AccessList>()),
      deny_lists_(std::make_shared<const limits::DenyLists>()),
      chosen_(config.max_offers),
      interval_s_(config.peer_announce_interval) {}

void Handler::set_access_list(std::shared_ptr<const swarm::AccessList> list) {
  access_list_ = std::move(list);
  drop_from_ = 0;
}

void Handler::set_deny_lists(std::shared_ptr<const limits::DenyLists> lists) {
  deny_lists_ = std::move(lists);
}

void Handler::drop_disallowed(std::uint32_t count) {
  if (!drop_from_) return;
  const bool has_more = swarms_.visit_some(*drop_from_, count, [this](const SwarmId& id) {
    if (!access_list_->allows(id.info_hash)) swarms_.drop(id);
  });
  drop_from_ = has_more ? std::optional(*drop_from_ + count) : std::nullopt;
}

SwarmId Handler::swarm_of(const InfoHash& info_hash, const ClientAddress& address) const {
  const bool apart = !config_.peers_of_both_families && family_in(address) == Family::ipv6;
  return {.info_hash = info_hash, .part = apart ? std::uint8_t{1} : std::uint8_t{0}};
}

bool Handler::allows(const Sender& sender, const InfoHash& info_hash) {
  if (access_list_->allows(info_hash)) return true;
  metrics_.count(Counter::failure_not_allowed, family_in(sender.address));
  fail(sender, "info_hash not allowed", info_hash);
  return false;
}

// Networks as well: a list may be newer than a connection.
bool Handler::denies(const Sender& sender, const PeerId& peer_id, const InfoHash& info_hash) {
  const Family family = family_in(sender.address);
  if (deny_lists_->networks.contains(sender.address)) {
    metrics_.count(Counter::failure_denied_network, family);
    fail(sender, limits::denied_network_text, info_hash);
    return true;
  }
  if (!deny_lists_->peer_ids.contains_prefix_of(peer_id)) return false;
  metrics_.count(Counter::failure_denied_peer_id, family);
  fail(sender, limits::denied_client_text, info_hash);
  return true;
}

void Handler::announce(const Sender& sender, const Announce& announce, std::uint32_t offers_max) {
  if (denies(sender, announce.peer_id, announce.info_hash)) return;
  if (!allows(sender, announce.info_hash)) return;
  const SwarmId id = swarm_of(announce.info_hash, sender.address);
  if (announce.event == AnnounceEvent::stopped) {
    swarms_.stop(id, sender.connection, announce.peer_id);
    reply(sender, id);
    return relay_offers(sender, announce, std::nullopt, offers_max);
  }
  const bool completed = announce.event == AnnounceEvent::completed;
  const bool is_seeder = announce.is_seeder || completed;
  Announced stored = swarms_.announce(id, sender, announce.peer_id, is_seeder, completed);
  if (stored.exceeds_budget() && swarms_.evict_peer(random_)) {
    metrics_.count(Counter::evicted_peer, family_in(sender.address));
    stored = swarms_.announce(id, sender, announce.peer_id, is_seeder, completed);
  }
  if (!stored.peer) metrics_.count(stored.peer.error(), family_in(sender.address));
  if (stored.has_same_id) sink_.probe(*stored.has_same_id);
  reply(sender, id);
  relay_offers(sender, announce, stored.peer ? std::optional(*stored.peer) : std::nullopt,
               offers_max);
}

void Handler::reply(const Sender& sender, const SwarmId& id) {
  const swarm::SwarmCounts counts = swarms_.counts(id);
  std::array<std::byte, announce_reply_size_max> out;
  const std::size_t size = write_announce_reply(counts, interval_s_, IdJson(id.info_hash), out);
  const std::array parts{text_in(std::span(out).first(size))};
  sink_.send(sender.connection, WorkerCounter::sent_announce, parts);
}

void Handler::relay_offers(const Sender& sender, const Announce& announce,
                           std::optional<PeerHandle> offerer, std::uint32_t offers_max) {
  if (announce.offers.empty()) return;
  const auto offered = static_cast<std::uint32_t>(announce.offers.size());
  const std::uint32_t taken = std::min({offered, config_.max_offers, offers_max});
  const std::size_t count =
      offerer ? swarms_.choose_others(*offerer, random_, std::span(chosen_).first(taken)) : 0;
  DCHECK(count <= taken);
  const IdJson peer_id(announce.peer_id);
  const IdJson info_hash(announce.info_hash);
  for (std::size_t i = 0; i < count; ++i) {
    const Description& offer = announce.offers[i];
    expected_.add(chosen_[i], announce.peer_id, offer.offer_id, *offerer, now_);
    sink_.send(swarms_.connection_of(chosen_[i]), WorkerCounter::sent_offer,
               offer_message(offer, peer_id, info_hash));
  }
  const Family family = family_in(sender.address);
  metrics_.count(Counter::offers_relayed, family, count);
  metrics_.count(Counter::offers_without_peer, family, taken - count);
}

void Handler::answer(const Sender& sender, const Answer& answer) {
  if (!allows(sender, answer.info_hash)) return;
  const Family family = family_in(sender.address);
  const SwarmId id = swarm_of(answer.info_hash, sender.address);
  const auto answerer = swarms_.find(id, sender.connection, answer.peer_id);
  const auto offerer =
      answerer ? expected_.take(*answerer, answer.to_peer_id, answer.answer.offer_id, now_)
               : std::nullopt;
  if (!offerer) {
    metrics_.count(Counter::failure_answer_not_due, family);
    return fail(sender, "no such offer was sent to this peer, or it has expired", answer.info_hash);
  }
  if (!swarms_.has(*offerer)) {
    metrics_.count(Counter::failure_offerer_gone, family);
    return fail(sender, "the peer that made the offer is gone", answer.info_hash);
  }
  metrics_.count(Counter::answers_relayed, family);
  const IdJson peer_id(answer.peer_id);
  const IdJson info_hash(answer.info_hash);
  sink_.send(swarms_.connection_of(*offerer), WorkerCounter::sent_answer,
             answer_message(answer.answer, peer_id, info_hash));
}

swarm::SwarmCounts Handler::scrape(const InfoHash& info_hash) {
  swarm::SwarmCounts sum;
  const std::uint8_t parts = config_.peers_of_both_families ? 1 : 2;
  for (std::uint8_t part = 0; part < parts; ++part) {
    const swarm::SwarmCounts counts = swarms_.counts({.info_hash = info_hash, .part = part});
    sum.seeder_count += counts.seeder_count;
    sum.leecher_count += counts.leecher_count;
    sum.completed_count += counts.completed_count;
  }
  return sum;
}

void Handler::fail(const Sender& sender, std::string_view reason, const InfoHash& info_hash) {
  refuse(sender.connection, {.reason = reason, .action = announce_action, .info_hash = info_hash});
}

void Handler::refuse(const ConnectionRef& to, const Failure& failure) {
  const bool retries = failure.action == announce_action && failure.info_hash;
  std::array<std::byte, error_reply_size_max> out;
  const std::size_t size =
      write_failure_reply(failure, retries ? std::optional(interval_s_) : std::nullopt, out);
  const std::array parts{text_in(std::span(out).first(size))};
  sink_.send(to, WorkerCounter::sent_failure, parts);
}

}  // namespace gyre::ws
