#include "http/handler.hpp"

#include <algorithm>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"
#include "common/swarm/announce_rules.hpp"
#include "http/pages.hpp"

namespace gyre::http {
namespace {

http1::Response mark_served(http1::Response response) {
  response.is_served = true;
  return response;
}

template <class Address>
using OtherAddress =
    std::conditional_t<family_of<Address> == Family::ipv4, Ipv6Address, Ipv4Address>;

}  // namespace

Handler::Handler(const HandlerOptions& options, swarm::SwarmMaps& swarms, Random random,
                 WorkerMetrics& metrics)
    : options_(options),
      swarms_(swarms),
      random_(random),
      request_rate_(options.request_rate, options.bucket_table),
      metrics_(metrics),
      access_list_(std::make_shared<swarm::AccessList>()),
      deny_lists_(std::make_shared<limits::DenyLists>()),
      interval_s_(options.announce_interval_s),
      min_interval_s_(options.min_announce_interval_s) {
  CHECK(options.max_response_peers <= response_peers_max);
  CHECK(options.warning_message.size() <= operator_text_size_max);
  CHECK(options.max_scrape_torrents <= scrape_hashes_max);
  CHECK(options.tracker_id.size() <= operator_text_size_max);
}

void Handler::set_time(Seconds now) {
  DCHECK(now >= now_);
  now_ = now;
  if (options_.adaptive_interval_s != nullptr) {
    set_interval(options_.adaptive_interval_s->load(std::memory_order_relaxed));
  }
}

void Handler::set_access_list(std::shared_ptr<const swarm::AccessList> list) {
  CHECK(list->is_under(swarms_.hash_secret()));
  access_list_ = std::move(list);
}

void Handler::set_deny_lists(std::shared_ptr<const limits::DenyLists> lists) {
  deny_lists_ = std::move(lists);
  denies_some_ = !deny_lists_->networks.empty() || !deny_lists_->user_agents.empty();
  denies_some_peer_ids_ = !deny_lists_->peer_ids.empty();
}

// The list that the client is on, but for that of peer_ids.
std::optional<Counter> Handler::denial_of(const http1::RequestHead& head,
                                          const ClientAddress& client) const {
  if (deny_lists_->networks.contains(client)) return Counter::failure_denied_network;
  const auto user_agent = http1::find_header(head, "User-Agent");
  const bool is_denied = user_agent && deny_lists_->user_agents.contains_prefix_of(*user_agent);
  return is_denied ? std::optional(Counter::failure_denied_user_agent) : std::nullopt;
}

bool Handler::denies_peer_id_in(std::string_view query) const {
  std::array<char, sizeof(PeerId)> buffer;
  return deny_lists_->peer_ids.contains_prefix_of(peer_id_in(query, buffer));
}

std::optional<ClientAddress> Handler::client_of(
    const http1::RequestHead& head, const std::optional<ClientAddress>& connection) const {
  const auto client =
      http1::client_address(head, connection, options_.address_header, options_.trusted_networks);
  return client ? std::optional(*client) : std::nullopt;
}

http1::Response Handler::handle(const http1::RequestHead& head,
                                const std::optional<ClientAddress>& connection, bool secure,
                                std::span<std::byte> out) {
  DCHECK(out.size() >= response_size_max);
  Exchange exchange{.head = head, .secure = secure, .out = out};
  if (head.method != "GET" && head.method != "HEAD") {
    return write_page(http1::PageKind::method_not_allowed, http1::closing_framing, metrics_, out);
  }
  const Target target = parse_target(head.target);
  const auto client =
      http1::client_address(head, connection, options_.address_header, options_.trusted_networks);
  if (denies_some_ && target.kind != TargetKind::page && client) {
    const auto reason = denial_of(head, *client);
    if (reason) return deny(*reason, target.kind, family_in(*client), exchange);
  }
  const std::uint64_t now_ns = std::uint64_t{now_} * 1'000'000'000;
  if (target.kind != TargetKind::page && client && !request_rate_.take(*client, now_ns)) {
    return over_rate(target.kind, family_in(*client), exchange);
  }
  if (target.kind == TargetKind::announce && client) {
    return std::visit([&](const auto& address) { return announce(target, address, exchange); },
                      *client);
  }
  exchange.framing = http1::framing_of(head, options_.keep_alive);
  if (target.kind == TargetKind::page) {
    return page_at(target.path, head, http1::came_by_tls(head, secure), exchange.framing, metrics_,
                   out);
  }
  if (!client) return failure(client.error(), exchange);
  return std::visit([&](const auto& address) { return scrape(target, address, exchange); },
                    *client);
}

ClientAddress Handler::peer_address(std::string_view query, const ClientAddress& client) const {
  if (address_class(client) != AddressClass::loopback &&
      !options_.trusted_ip_parameter.contains(client)) {
    return client;
  }
  const auto claimed = claimed_address(query, family_in(client));
  if (!claimed || address_class(*claimed) == AddressClass::unroutable) return client;
  return *claimed;
}

// The torrent's entry is prefetched while the headers are read: http_announce of
// http_handler_benchmark takes 5 % less time.
template <class Address>
http1::Response Handler::announce(const Target& target, const Address& peer, Exchange& exchange) {
  constexpr Family family = family_of<Address>;
  auto request = parse_announce(target.query);
  if (request && (request->has_ipv4 || request->has_ipv6) && !exchange.has_peer_address) {
    const ClientAddress claimed = peer_address(target.query, peer);
    exchange.has_peer_address = true;
    if (claimed != ClientAddress(peer)) {
      return std::visit([&](const auto& address) { return announce(target, address, exchange); },
                        claimed);
    }
  }
  metrics_.count(Counter::request_announce, family);
  const AddressClass peer_class = address_class(peer);
  swarm::SwarmKey key;
  if (request) {
    key = swarms_.key(request->info_hash);
    swarms_.of<Address>(peer_class).prefetch(key);
    access_list_->prefetch(key.hash);
  }
  exchange.framing = http1::framing_of(exchange.head, options_.keep_alive);
  if (!request) return failure(request.error(), family, exchange);
  if (!exchange.framing.with_body) {  // HEAD must change nothing: port 0 is not stored
    request->port = 0;
    request->event = AnnounceEvent::none;
  }
  if (denies_some_peer_ids_ && denies_peer_id_in(target.query)) {
    return refuse(Counter::failure_denied_peer_id, family, limits::denied_client_text, exchange);
  }
  if (!access_list_->allows_hash(key.hash)) return mark_served(not_allowed(family, exchange));

  AnnounceBody body = choose_peers(*request, key, peer, peer_class);
  body.interval_s = next_interval();
  body.min_interval_s = min_interval_s_;
  body.compact = request->compact || !options_.non_compact;
  body.with_peers6 = family == Family::ipv6;
  if (options_.external_ip) body.external_ip = swarms_.reachable_address(peer, peer_class).bytes;
  body.tracker_id = options_.tracker_id;
  body.warning_message = options_.warning_message;
  metrics_.count(Counter::response_announce, family);
  metrics_.count(Counter::peers_sent, Family::ipv4,
                 body.ipv4_peers.size() / compact_peer_size(Family::ipv4));
  metrics_.count(Counter::peers_sent, Family::ipv6,
                 body.ipv6_peers.size() / compact_peer_size(Family::ipv6));
  return mark_served(
      http1::finish_response(exchange.out, bencoded, exchange.framing,
                             write_announce_body(http1::body_room(exchange.out), body)));
}

// Chooses as many peers as wanted: of the client's family first, but up to a quarter of the other
// one.
template <class Address>
AnnounceBody Handler::choose_peers(const AnnounceRequest& request, const swarm::SwarmKey& key,
                                   const Address& peer, AddressClass peer_class) {
  constexpr Family family = family_of<Address>;
  constexpr std::size_t peer_size = compact_peer_size(family);
  const std::uint32_t wanted = std::min(request.peers_wanted.value_or(options_.max_response_peers),
                                        options_.max_response_peers);
  const swarm::Announce<Address> announce{
      .peer = {.address = peer, .port = request.port},
      .kind = swarm::peer_kind_of(request),
      .stopped = request.event == AnnounceEvent::stopped,
      .completed = request.event == AnnounceEvent::completed,
      .store = request.port != 0 && peer_class != AddressClass::unroutable,
      .peers_wanted = wanted,
      .peer_class = peer_class};
  const auto outcome = swarms_.announce(key, announce, now_, random_, own_peers_);
  if (!announce.store) metrics_.count(Counter::announces_not_stored, family);
  swarm::count_admission<Counter>(outcome.admission, family, metrics_);

  AnnounceBody body{.counts = outcome.counts};
  auto& own = family == Family::ipv4 ? body.ipv4_peers : body.ipv6_peers;
  auto& others = family == Family::ipv4 ? body.ipv6_peers : body.ipv4_peers;
  DCHECK(outcome.compact_peer_count <= wanted);
  std::uint32_t own_count = outcome.compact_peer_count;
  const bool usable = family == Family::ipv4 ? request.has_ipv6 : request.has_ipv4;
  if (!announce.stopped &&
      (options_.peers_of_both_families == PeersOfBothFamilies::always ||
       (options_.peers_of_both_families == PeersOfBothFamilies::if_announced && usable))) {
    using Other = OtherAddress<Address>;
    others =
        choose_others<Other>(request, key, peer_class, std::max(wanted - own_count, wanted / 4));
    const std::size_t other_count = others.size() / compact_peer_size(family_of<Other>);
    DCHECK(other_count <= wanted);
    own_count = std::min(own_count, wanted - static_cast<std::uint32_t>(other_count));
  }
  if (options_.echo_lone_peer && wanted > 0 && swarm::is_alone(announce, body.counts, own_count)) {
    swarm::write_compact(own_peers_.data(), announce.peer);
    own_count = 1;
  }
  own = std::span(own_peers_).first(own_count * peer_size);
  return body;
}

// Chooses peers of the other family; the client is not stored there.
template <class Address>
std::span<const std::byte> Handler::choose_others(const AnnounceRequest& request,
                                                  const swarm::SwarmKey& key,
                                                  AddressClass requester, std::uint32_t wanted) {
  if (wanted == 0) return {};
  const swarm::Announce<Address> announce{.peer = {},
                                          .kind = swarm::peer_kind_of(request),
                                          .store = false,
                                          .peers_wanted = wanted,
                                          .peer_class = requester};
  const auto outcome = swarms_.announce(key, announce, now_, random_, other_peers_);
  return std::span(other_peers_)
      .first(outcome.compact_peer_count * compact_peer_size(family_of<Address>));
}

template <class Address>
http1::Response Handler::scrape(const Target& target, const Address& client,
                                const Exchange& exchange) {
  constexpr Family family = family_of<Address>;
  metrics_.count(Counter::request_scrape, family);
  const auto count =
      parse_scrape(target.query, std::span(scrape_hashes_).first(options_.max_scrape_torrents));
  if (!count && count.error() == RequestError::no_info_hash) return full_scrape(family, exchange);
  if (!count) return failure(count.error(), family, exchange);
  const AddressClass client_class = address_class(client);
  BencodeWriter body(http1::body_room(exchange.out));
  begin_scrape_body(body);
  for (const InfoHash& info_hash : std::span(scrape_hashes_).first(*count)) {
    const swarm::SwarmKey key = swarms_.key(info_hash);
    const auto counts = access_list_->allows_hash(key.hash)
                            ? swarms_.scrape(key, client, client_class)
                            : SwarmCounts{};
    write_scrape_row(body, info_hash, counts);
  }
  end_scrape_body(body, options_.min_scrape_interval_s);
  metrics_.count(Counter::response_scrape, family);
  return mark_served(http1::finish_response(exchange.out, bencoded, exchange.framing, body.size()));
}

void Handler::end_keep_alive() {
  options_.keep_alive = false;
}

std::uint32_t Handler::next_interval() {
  return swarm::next_interval(interval_s_, options_.announce_jitter_s, random_);
}

void Handler::set_interval(Seconds interval_s) {
  interval_s_ = interval_s;
  min_interval_s_ = static_cast<Seconds>(std::uint64_t{options_.min_announce_interval_s} *
                                         interval_s / options_.announce_interval_s);
}

}  // namespace gyre::http
