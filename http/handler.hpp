// Policy of the HTTP tracker: who is answered, and what. Between the codecs and the swarms: it
// takes a parsed request head and the client's address, and writes a whole HTTP response. It knows
// no sockets, rings or TLS; time is set by the worker once per turn.
//
// Rules: everything gets an answer. What a client can have meant as an announce or scrape has
// status 200 and, if it cannot be served, a failure reason: clients read no other status's body.
// A peer is the client's address and the announced port.
//
// Threading: one handler for each worker.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/base/random.hpp"
#include "common/http1/forwarded.hpp"
#include "common/http1/request_head.hpp"
#include "common/http1/response.hpp"
#include "common/swarm/access_list.hpp"
#include "common/swarm/swarm_map.hpp"
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
  bool non_compact = false;  // lists of dictionaries for those who ask for them (compact=0)
  bool external_ip = true;   // tell requesters their address (BEP 24)
  bool echo_lone_peer = false;
  bool keep_alive = true;
  // Behind reverse proxies: where the client's address is, and who is believed about it.
  http1::AddressHeader address_header = {};
  net::NetworkList trusted_networks = {};
  FullScrapes* full_scrapes = nullptr;  // shared by all handlers; null: there are none
  std::string warning_message = {};     // told with each announce; at most operator_text_size_max
  std::string tracker_id = {};
};

class Handler {
 public:
  // The swarms and the metrics must outlive it.
  Handler(const HandlerOptions& options, swarm::SwarmMaps& swarms, Random random,
          WorkerMetrics& metrics);

  void set_time(Seconds now);
  // The list is made under the hash secret of the swarms.
  void set_access_list(std::shared_ptr<const swarm::AccessList> list);

  // Who asks, as handle() sees it; nothing if that cannot be known.
  std::optional<ClientAddress> client_of(const http1::RequestHead& head,
                                         const std::optional<ClientAddress>& connection) const;

  // Answers a request. `connection` is the address of the connection, or what the PROXY protocol
  // said; nothing where neither is known, as on a unix socket. `secure` is whether it came by TLS.
  // `out` has response_size_max bytes.
  http1::Response handle(const http1::RequestHead& head,
                         const std::optional<ClientAddress>& connection, bool secure,
                         std::span<std::byte> out);

  // What follows an answer that says `streams`.
  std::unique_ptr<FullScrapeBody> take_body();
  // Whether its list is too old to go on with.
  bool is_outdated(const FullScrapeBody& body) const;

  // From now on each answer says that the connection is closed after it.
  void end_keep_alive();

  // Answers what parse_request_head() has refused; `input` is what it was given, not empty.
  http1::Response refuse(http1::HeadError error, std::span<const char> input,
                         std::span<std::byte> out) {
    return http::refuse(error, input, metrics_, out);
  }

  // Answers plain HTTP on a port for TLS.
  http1::Response refuse_plain_on_tls(std::span<std::byte> out) {
    return write_page(http1::PageKind::wrong_port_for_tls, http1::closing_framing, metrics_, out);
  }

 private:
  // A request, and how its response is to look.
  struct Exchange {
    const http1::RequestHead& head;
    bool secure = false;
    http1::Framing framing = {};
    std::span<std::byte> out = {};
  };
  template <class Address>
  http1::Response announce(const Target& target, const Address& client, Exchange& exchange);
  template <class Address>
  http1::Response scrape(const Target& target, const Address& client, const Exchange& exchange);
  // What an announce is told of.
  struct Chosen;
  template <class Address>
  Chosen choose_peers(const AnnounceRequest& request, const swarm::SwarmKey& key,
                      const Address& client);
  template <class Address>
  std::span<const std::byte> choose_others(const AnnounceRequest& request,
                                           const swarm::SwarmKey& key, std::uint32_t wanted);
  http1::Response full_scrape(Family family, const Exchange& exchange);
  http1::Response failure(std::string_view reason, const Exchange& exchange,
                          bool retry_never = false);
  http1::Response failure(RequestError error, Family family, const Exchange& exchange);
  http1::Response failure(http1::AddressError error, const Exchange& exchange);
  http1::Response not_allowed(Family family, const Exchange& exchange);
  std::uint32_t next_interval();

  HandlerOptions options_;
  swarm::SwarmMaps& swarms_;
  Random random_;
  WorkerMetrics& metrics_;
  std::shared_ptr<const swarm::AccessList> access_list_;
  Seconds now_ = 0;
  // Peers in compact form, before they go into a response: of the requester's family and the other.
  std::array<std::byte, 18 * response_peers_max> own_peers_;
  std::array<std::byte, 18 * response_peers_max> other_peers_;
  std::array<InfoHash, scrape_hashes_max> scrape_hashes_;
  std::unique_ptr<FullScrapeBody> full_scrape_body_;
};

}  // namespace gyre::http
