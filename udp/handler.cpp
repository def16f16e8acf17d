#include "udp/handler.hpp"

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/prefetch.hpp"
#include "common/swarm/announce_rules.hpp"

namespace gyre::udp {
namespace {

Counter drop_reason(ParseError error) {
  switch (error) {
    case ParseError::wrong_size:
      return Counter::drop_too_short;
    case ParseError::wrong_protocol_id:
      return Counter::drop_wrong_protocol_id;
    case ParseError::unknown_action:
      break;
  }
  return Counter::drop_unknown_action;
}

}  // namespace

Handler::Handler(const ProtocolConfig& config, swarm::SwarmMaps& swarms, const ConnectionIds& ids,
                 Random random, WorkerMetrics& metrics, ClientRates rates)
    : config_(config),
      response_peers_max_{},
      swarms_(swarms),
      ids_(ids),
      rates_(std::move(rates)),
      random_(random),
      metrics_(metrics),
      access_list_(std::make_shared<swarm::AccessList>()),
      deny_lists_(std::make_shared<limits::DenyLists>()) {
  CHECK(config.max_payload_ipv4 <= response_size_max);
  CHECK(config.max_payload_ipv6 <= response_size_max);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto fitting = static_cast<std::uint32_t>(
        (max_payload(family) - announce_response_head_size) / compact_peer_size(family));
    response_peers_max_[static_cast<std::size_t>(family)] =
        std::min(config.max_response_peers, fitting);
  }
}

void Handler::set_time(Seconds now, std::uint64_t unix_seconds, std::uint64_t now_ns) {
  DCHECK(now >= now_);
  now_ = now;
  ids_.set_time(unix_seconds);
  rates_.set_time(now_ns);
}

void Handler::set_access_list(std::shared_ptr<const swarm::AccessList> list) {
  CHECK(list->is_under(swarms_.hash_secret()));
  access_list_ = std::move(list);
}

void Handler::set_deny_lists(std::shared_ptr<const limits::DenyLists> lists) {
  deny_lists_ = std::move(lists);
}

template <class Address>
Handler::Prepared Handler::prepare(std::span<const std::byte> datagram, const Address& source) {
  const AddressClass source_class = address_class(source);
  Prepared prepared{.action = requested_action(datagram),
                    .source_class = source_class,
                    .client = rates_.key(source, source_class)};
  if (prepared.client.is_limited) rates_.prefetch(prepared.client);
  if (prepared.action != Action::announce) return prepared;
  // On the datagram's third cache line; 3 % of gyre_udp's CPU time per response at 10,000 torrents
  // (documents/benchmarks/2026-11-30-memory.md).
  gyre::prefetch(datagram.data() + announce_request_size_min - 1);
  const auto& swarms = swarms_.of<Address>(prepared.source_class);
  const swarm::SwarmKey key = swarms.key(info_hash_of_announce(datagram));
  swarms.prefetch_shard(key);
  access_list_->prefetch(key.hash);
  prepared.should_prefetch_peers = swarms.is_larger_than_cache();
  prepared.swarm_hash = key.hash;
  prepared.random_seed = random_.next();
  return prepared;
}

template <class Address>
void Handler::prefetch_peers(std::span<const std::byte> datagram, Prepared& prepared,
                             const PeerAddress<Address>& source) const {
  DCHECK(prepared.action == Action::announce && prepared.should_prefetch_peers);
  const AnnounceRequest request = parse_announce(datagram);
  const auto announce = announce_of(request, prepared, source);
  prepared.peer_hash = swarms_.of<Address>(announce.peer_class)
                           .prefetch_peers({request.info_hash, prepared.swarm_hash}, announce,
                                           Random(prepared.random_seed));
}

template <class Address>
std::size_t Handler::handle(std::span<const std::byte> datagram, const Prepared& prepared,
                            const PeerAddress<Address>& source, std::span<std::byte> out) {
  constexpr Family family = family_of<Address>;
  count_datagram(datagram, family);
  if (source.port == 0) return drop(Counter::drop_source_port_zero, family);
  if (!prepared.action) return drop(drop_reason(prepared.action.error()), family);
  if (deny_lists_->networks.contains(source.address)) {
    return drop(Counter::drop_denied_network, family);
  }
  std::size_t size = 0;
  switch (*prepared.action) {
    case Action::connect:
      size = connect(parse_connect(datagram), prepared, source, out);
      break;
    case Action::announce:
      size = announce(datagram, prepared, source, out);
      break;
    case Action::scrape:
      size = scrape(parse_scrape(datagram), prepared, source, out);
      break;
    case Action::error:
      break;
  }
  DCHECK(size <= max_payload(family));
  metrics_.count(Counter::tx_bytes, family, size);
  return size;
}

void Handler::drop_without_reply_slot(std::span<const std::byte> datagram, Family family) {
  count_datagram(datagram, family);
  drop(Counter::drop_no_reply_slot, family);
}

void Handler::count_datagram(std::span<const std::byte> datagram, Family family) {
  metrics_.count(Counter::rx_datagrams, family);
  metrics_.count(Counter::rx_bytes, family, datagram.size());
}

template <class Address>
std::size_t Handler::connect(const ConnectRequest& request, const Prepared& prepared,
                             const PeerAddress<Address>& source, std::span<std::byte> out) {
  constexpr Family family = family_of<Address>;
  metrics_.count(Counter::request_connect, family);
  if (!rates_.take_connect(prepared.client)) return drop(Counter::drop_overload, family);
  metrics_.count(Counter::response_connect, family);
  return write_connect_response(out, request.transaction_id, ids_.issue(source.address));
}

// Counts the reason, if not.
template <class Address>
bool Handler::may_ask(ConnectionId id, const Prepared& prepared, const Address& source) {
  constexpr Family family = family_of<Address>;
  if (!ids_.valid(id, source)) {
    drop(Counter::drop_invalid_connection_id, family);
    return false;
  }
  const ClientRates::Outcome outcome = rates_.take_request(prepared.client);
  if (outcome == ClientRates::Outcome::served) return true;
  drop(
      outcome == ClientRates::Outcome::over_rate ? Counter::drop_over_rate : Counter::drop_overload,
      family);
  return false;
}

template <class Address>
swarm::Announce<Address> Handler::announce_of(const AnnounceRequest& request,
                                              const Prepared& prepared,
                                              const PeerAddress<Address>& source) const {
  Address address = source.address;
  AddressClass address_class = prepared.source_class;
  if constexpr (family_of<Address> == Family::ipv4) {
    if (request.ip_address != 0 && may_name_address(source.address, prepared)) {
      Ipv4Address named;
      store_be(named.bytes.data(), request.ip_address);
      const AddressClass named_class = gyre::address_class(named);
      if (named_class != AddressClass::unroutable) {
        address = named;
        address_class = named_class;
      }
    }
  }
  return {.peer = {.address = address, .port = request.port},
          .kind = swarm::peer_kind_of(request),
          .stopped = request.event == AnnounceEvent::stopped,
          .completed = request.event == AnnounceEvent::completed,
          .store = request.port != 0 && address_class != AddressClass::unroutable,
          .peers_wanted = peers_wanted<Address>(request),
          .peer_class = address_class,
          .peer_hash = prepared.peer_hash};
}

bool Handler::may_name_address(Ipv4Address source, const Prepared& prepared) const {
  return prepared.source_class == AddressClass::loopback || trusted_networks_.contains(source);
}

template <class Address>
std::size_t Handler::announce(std::span<const std::byte> datagram, const Prepared& prepared,
                              const PeerAddress<Address>& source, std::span<std::byte> out) {
  constexpr Family family = family_of<Address>;
  const AnnounceRequest request = parse_announce(datagram);
  metrics_.count(Counter::request_announce, family);
  if (!may_ask(request.connection_id, prepared, source.address)) return 0;
  if (deny_lists_->peer_ids.contains_prefix_of(request.peer_id)) {
    return error(request.transaction_id, Counter::failure_denied_peer_id, family,
                 limits::denied_client_text, out);
  }
  if (!access_list_->allows_hash(prepared.swarm_hash)) {
    return error(request.transaction_id, Counter::failure_not_allowed, family,
                 "info_hash not allowed", out);
  }
  const auto announce = announce_of(request, prepared, source);
  const auto peers = out.subspan(announce_response_head_size);
  const swarm::SwarmKey key{request.info_hash, prepared.swarm_hash};
  DCHECK(key.hash == swarms_.key(request.info_hash).hash);
  Random random(prepared.random_seed);
  const auto outcome = swarms_.announce(key, announce, now_, random, peers);

  std::uint32_t peers_sent = outcome.compact_peer_count;
  if (config_.echo_lone_peer && announce.peers_wanted > 0 &&
      swarm::is_alone(announce, outcome.counts, peers_sent)) {
    swarm::write_compact(peers.data(), announce.peer);
    peers_sent = 1;
  }
  DCHECK(peers_sent <= announce.peers_wanted);
  metrics_.count(Counter::response_announce, family);
  metrics_.count(Counter::peers_sent, family, peers_sent);
  swarm::count_admission<Counter>(outcome.admission, family, metrics_);
  if (!announce.store) metrics_.count(Counter::announces_not_stored, family);
  if (has_url_data(request.options)) metrics_.count(Counter::announces_with_url_data, family);
  const std::uint32_t interval_s =
      swarm::next_interval(config_.peer_announce_interval, config_.peer_announce_jitter, random);
  return peers_sent * compact_peer_size(family) +
         write_announce_response_head(out, {.transaction_id = request.transaction_id,
                                            .interval = interval_s,
                                            .leecher_count = outcome.counts.leecher_count,
                                            .seeder_count = outcome.counts.seeder_count});
}

template <class Address>
std::size_t Handler::scrape(const ScrapeRequest& request, const Prepared& prepared,
                            const PeerAddress<Address>& source, std::span<std::byte> out) {
  constexpr Family family = family_of<Address>;
  metrics_.count(Counter::request_scrape, family);
  if (!may_ask(request.connection_id, prepared, source.address)) return 0;
  if (request.count() == 0) {
    return error(request.transaction_id, Counter::failure_no_info_hash, family,
                 "no info_hash in scrape", out);
  }
  std::size_t size = write_scrape_response_head(out, request.transaction_id);
  const std::size_t rows_that_fit = (max_payload(family) - size) / scrape_row_size;
  const std::size_t count =
      std::min({request.count(), rows_that_fit, std::size_t{config_.max_scrape_torrents}});
  for (std::size_t i = 0; i < count; ++i) {
    const swarm::SwarmKey key = swarms_.key(request.info_hash(i));
    const auto counts = access_list_->allows_hash(key.hash)
                            ? swarms_.scrape(key, source.address, prepared.source_class)
                            : SwarmCounts{};
    size += write_scrape_row(out.subspan(size), counts);
  }
  metrics_.count(Counter::response_scrape, family);
  return size;
}

std::size_t Handler::error(TransactionId transaction_id, Counter reason, Family family,
                           std::string_view message, std::span<std::byte> out) {
  metrics_.count(reason, family);
  metrics_.count(Counter::response_error, family);
  return write_error_response(out, transaction_id, message);
}

std::size_t Handler::drop(Counter reason, Family family) {
  metrics_.count(reason, family);
  return 0;
}

std::size_t Handler::max_payload(Family family) const {
  return family == Family::ipv4 ? config_.max_payload_ipv4 : config_.max_payload_ipv6;
}

// The least of what the client asks for (a negative number: all), the tracker gives and the
// datagram holds.
template <class Address>
std::uint32_t Handler::peers_wanted(const AnnounceRequest& request) const {
  // As an unsigned number, a negative one is larger than all others.
  return std::min(static_cast<std::uint32_t>(request.peers_wanted),
                  response_peers_max_[static_cast<std::size_t>(family_of<Address>)]);
}

template Handler::Prepared Handler::prepare(std::span<const std::byte>, const Ipv4Address&);
template Handler::Prepared Handler::prepare(std::span<const std::byte>, const Ipv6Address&);
template void Handler::prefetch_peers(std::span<const std::byte>, Prepared&,
                                      const PeerAddress<Ipv4Address>&) const;
template void Handler::prefetch_peers(std::span<const std::byte>, Prepared&,
                                      const PeerAddress<Ipv6Address>&) const;
template std::size_t Handler::handle(std::span<const std::byte>, const Prepared&,
                                     const PeerAddress<Ipv4Address>&, std::span<std::byte>);
template std::size_t Handler::handle(std::span<const std::byte>, const Prepared&,
                                     const PeerAddress<Ipv6Address>&, std::span<std::byte>);

}  // namespace gyre::udp
