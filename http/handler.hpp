// The policy of the HTTP tracker: who gets which response. Takes a parsed request head and the
// client's address, asks the swarms, and writes a whole HTTP response. Neither sockets nor clocks:
// the worker sets the time once per turn.
//
// Every request gets a response. Whatever a client may have meant as an announce or scrape gets
// status 200 and, if it cannot be served, a failure reason: clients do not read the bodies of other
// statuses. A peer is the client's address and the announced port; only trusted clients name
// another address.
//
// Threading: one handler per worker.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/base/address_class.hpp"
#include "common/base/random.hpp"
#include "common/http1/forwarded.hpp"
#include "common/http1/request_head.hpp"
#include "common/http1/response.hpp"
#include "common/limits/deny_lists.hpp"
#include "common/limits/token_buckets.hpp"
#include "common/net/network_list.hpp"
#include "common/swarm/access_list.hpp"
#include "common/swarm/swarm_maps.hpp"
#include "http/bodies.hpp"
#include "http/config.hpp"
#include "http/counters.hpp"
#include "http/full_scrape.hpp"
#include "http/limits.hpp"
#include "http/pages.hpp"
#include "http/protocol.hpp"

namespace gyre::http {

struct HandlerOptions {
  std::uint32_t max_scrape_torrents = 100;
  std::uint32_t max_response_peers = 50;  // of both families together
  std::uint32_t announce_interval_s = 1800;
  std::uint32_t announce_jitter_s = 180;
  std::uint32_t min_announce_interval_s = 900;
  std::uint32_t min_scrape_interval_s = 900;
  PeersOfBothFamilies peers_of_both_families = PeersOfBothFamilies::if_announced;
  RefusalForm refusal_form = RefusalForm::failure_reason;
  bool non_compact = false;  // peers as dictionaries for those who ask for them (compact=0)
  bool external_ip = true;   // tell clients their address (BEP 24)
  bool echo_lone_peer = false;
  bool keep_alive = true;
  // Behind reverse proxies: where the client's address is, and which proxies are trusted.
  http1::AddressHeader address_header = {};
  net::NetworkList trusted_networks = {};
  // Clients of these networks may name the address of the peer, as those on loopback do.
  net::NetworkList trusted_ip_parameter = {};
  // In place of announce_interval_s, which min_announce_interval_s is in proportion to.
  const std::atomic<Seconds>* adaptive_interval_s = nullptr;
  limits::BucketRate request_rate = {};
  limits::BucketTable bucket_table = {};
  FullScrapes* full_scrapes = nullptr;  // shared by all handlers; null: switched off
  std::string warning_message = {};     // at most operator_text_size_max bytes
  std::string tracker_id = {};
};

class Handler {
 public:
  // REQUIRES: swarms and metrics outlive it.
  Handler(const HandlerOptions& options, swarm::SwarmMaps& swarms, Random random,
          WorkerMetrics& metrics);

  // Also updates the interval. REQUIRES: `now` never decreases.
  void set_time(Seconds now);
  // REQUIRES: the list was built with the hash secret of the swarms.
  void set_access_list(std::shared_ptr<const swarm::AccessList> list);
  void set_deny_lists(std::shared_ptr<const limits::DenyLists> lists);

  // The client as handle() sees it; nullopt if it is unknown.
  std::optional<ClientAddress> client_of(const http1::RequestHead& head,
                                         const std::optional<ClientAddress>& connection) const;

  // Handles a request. `connection` is the address of the connection, or the one from the PROXY
  // protocol; nullopt if there is neither, as on a unix socket. `secure`: it came by TLS.
  // REQUIRES: `out` has response_size_max bytes.
  http1::Response handle(const http1::RequestHead& head,
                         const std::optional<ClientAddress>& connection, bool secure,
                         std::span<std::byte> out);

  // The body that follows a response with `streams`.
  std::unique_ptr<FullScrapeBody> take_body();
  // Whether its list is too old to continue.
  bool is_outdated(const FullScrapeBody& body) const;

  // From now on every response closes its connection.
  void end_keep_alive();

  // The response to input that parse_request_head() has refused.
  // REQUIRES: `input` is what it was given, not empty.
  http1::Response refuse(http1::HeadError error, std::span<const char> input,
                         std::span<std::byte> out) {
    return http::refuse(error, input, metrics_, out);
  }

  // The response to plain HTTP on a TLS port.
  http1::Response refuse_plain_on_tls(std::span<std::byte> out) {
    return write_page(http1::PageKind::wrong_port_for_tls, http1::closing_framing, metrics_, out);
  }

 private:
  [[gnu::cold]] ClientAddress peer_address(std::string_view query,
                                           const ClientAddress& client) const;
  // A request and the framing of its response.
  struct Exchange {
    const http1::RequestHead& head;
    bool secure = false;
    bool has_peer_address = false;  // the client's claim has been looked at
    http1::Framing framing = {};
    std::span<std::byte> out = {};
  };
  template <class Address>
  http1::Response announce(const Target& target, const Address& peer, Exchange& exchange);
  template <class Address>
  http1::Response scrape(const Target& target, const Address& client, const Exchange& exchange);
  // The body of a response to an announce, as far as the swarm is concerned.
  template <class Address>
  AnnounceBody choose_peers(const AnnounceRequest& request, const swarm::SwarmKey& key,
                            const Address& peer, AddressClass peer_class);
  template <class Address>
  std::span<const std::byte> choose_others(const AnnounceRequest& request,
                                           const swarm::SwarmKey& key, AddressClass requester,
                                           std::uint32_t wanted);
  http1::Response full_scrape(Family family, const Exchange& exchange);
  http1::Response failure(std::string_view reason, const Exchange& exchange,
                          RetryIn retry_in = RetryIn::unsaid);
  http1::Response failure(Counter reason, Family family, std::string_view text,
                          const Exchange& exchange, RetryIn retry_in = RetryIn::unsaid);
  http1::Response failure(RequestError error, Family family, const Exchange& exchange);
  http1::Response failure(http1::AddressError error, const Exchange& exchange);
  // In the operator's form of refusals.
  http1::Response refuse(Counter reason, Family family, std::string_view text,
                         const Exchange& exchange);
  http1::Response over_rate(TargetKind kind, Family family, Exchange& exchange);
  http1::Response not_allowed(Family family, const Exchange& exchange);
  http1::Response deny(Counter reason, TargetKind kind, Family family, Exchange& exchange);
  std::optional<Counter> denial_of(const http1::RequestHead& head,
                                   const ClientAddress& client) const;
  bool denies_peer_id_in(std::string_view query) const;
  std::uint32_t next_interval();
  void set_interval(Seconds interval_s);

  HandlerOptions options_;
  swarm::SwarmMaps& swarms_;
  Random random_;
  limits::TokenBuckets request_rate_;
  WorkerMetrics& metrics_;
  std::shared_ptr<const swarm::AccessList> access_list_;
  std::shared_ptr<const limits::DenyLists> deny_lists_;
  bool denies_some_ = false;  // by network or user agent
  bool denies_some_peer_ids_ = false;
  Seconds now_ = 0;
  Seconds interval_s_;
  Seconds min_interval_s_;
  // Peers in compact form, before they go into a response: of the client's family and the other.
  std::array<std::byte, 18 * response_peers_max> own_peers_;
  std::array<std::byte, 18 * response_peers_max> other_peers_;
  std::array<InfoHash, scrape_hashes_max> scrape_hashes_;
  std::unique_ptr<FullScrapeBody> full_scrape_body_;
};

}  // namespace gyre::http
