#include "http/config.hpp"

#include <fmt/format.h>

#include "common/config/cli.hpp"
#include "common/tls/revision.hpp"
#include "http/limits.hpp"

namespace gyre::http {

using config::Integers;

static constexpr config::ListeningTexts listening_texts{
    .address_ipv4 =
        "IPv4 address and port to listen on, or a list of them: "
        "[\"192.0.2.1:80\", \"192.0.2.2:80\"]. 0.0.0.0 stands for all of the host. They "
        "speak HTTP, or HTTPS if enable_tls says so.",
    .unix_sockets =
        "Paths of unix sockets to listen on, for a proxy on the same host. They speak "
        "HTTP, never TLS. Who is behind the proxy is known by its header or by the PROXY "
        "protocol only: see runs_behind_reverse_proxy and proxy_protocol.",
    .enable_tls = "Speak HTTPS instead of HTTP on all of address_ipv4 and address_ipv6.",
    .tls_addresses =
        "Further addresses, IPv4 or IPv6, that speak HTTPS whatever enable_tls says: "
        "[\"0.0.0.0:443\", \"[::]:443\"] beside HTTP on port 80."};

// Found by Schema::section through argument-dependent lookup, hence not in the unnamed namespace.
static void describe(config::Schema& schema, NetworkConfig& config) {
  auto& [listening, keep_alive, proxy, ring_size] = config;
  config::describe_listening(schema, listening, listening_texts);
  schema.setting("keep_alive", keep_alive,
                 "Leave connections open after an answer, for the client's next request. If "
                 "false, every answer says \"Connection: close\".");
  config::describe_proxy(schema, proxy,
                         "Take clients' addresses from a header that a proxy adds, if the "
                         "connection comes from trusted_networks or by a unix socket. Others are "
                         "known by the address that they connect from. A trusted proxy that sends "
                         "no such header, or no address in it, gets a failure reason that says "
                         "so.");
  schema.setting("ring_size", ring_size,
                 "Answers of a worker that can be on their way at once; half as many receive "
                 "buffers are shared by all its connections. Connections that wait for a request "
                 "hold none of them. Rounded up to a power of two.",
                 Integers{16, 16384});
}

static void describe(config::Schema& schema, ProtocolConfig& config) {
  auto& [max_scrape_torrents, max_response_peers, peer_announce_interval, peer_announce_jitter,
         min_announce_interval, min_scrape_interval, peers_of_both_families, allow_non_compact,
         external_ip, echo_lone_peer, refusal, warning_message, tracker_id] = config;
  schema.setting("max_scrape_torrents", max_scrape_torrents,
                 "Torrents that one scrape is answered for; the rest of a longer request is "
                 "ignored.",
                 Integers{1, scrape_hashes_max});
  schema.setting("max_response_peers", max_response_peers,
                 "Peers that one announce is answered with at most, of both families together. "
                 "Clients ask for 50 to 200.",
                 Integers{1, response_peers_max});
  config::describe_announce_interval(schema, peer_announce_interval);
  config::describe_announce_jitter(schema, peer_announce_jitter);
  schema.setting("min_announce_interval", min_announce_interval,
                 "Seconds that clients are told to leave between two announces at least, however "
                 "much they want peers (\"min interval\"). Nobody is refused for coming sooner.",
                 Integers{0, 21600});
  schema.setting("min_scrape_interval", min_scrape_interval,
                 "The same for scrapes (\"min_request_interval\").", Integers{0, 21600});
  schema.setting("peers_of_both_families", peers_of_both_families,
                 "Whether an answer has peers of the family that the client did not come by, too: "
                 "\"never\"; \"if_announced\": to clients who say that they have such an address "
                 "(ip=, ipv4=, ipv6=); \"always\". A client is always a peer of the family that it "
                 "came by.");
  schema.setting("allow_non_compact", allow_non_compact,
                 "Send peers as a list of dictionaries to clients who ask for that (compact=0); it "
                 "is ten times as long. If false they get compact peers as all others, which "
                 "clients of this century understand.");
  schema.setting("external_ip", external_ip,
                 "Tell clients the address that they come from (BEP 24).");
  config::describe_echo_lone_peer(schema, echo_lone_peer);
  schema.setting("refusal", refusal,
                 "What clients are told whose torrent the access list does not allow. "
                 "\"failure_reason\": why. \"retry_in_never\": the same, and that they need not "
                 "come again (BEP 31). \"gone\": HTTP status 410, which some clients read alike.");
  schema.setting("warning_message", warning_message,
                 "Text that clients show to their users, with each announce; empty: none. At most "
                 "256 bytes.");
  schema.setting("tracker_id", tracker_id,
                 "Text that clients send back with their next announces (\"tracker id\"); this "
                 "tracker has no use for it. Empty: none. At most 256 bytes.");
}

static void describe(config::Schema& schema, FullScrapeConfig& config) {
  auto& [enabled, interval, responses_per_interval] = config;
  schema.setting("enabled", enabled,
                 "Answer scrapes that name no torrent with a list of all torrents. It is sent "
                 "compressed (zstd, gzip) to those who ask for that; it takes 80 bytes for each "
                 "torrent otherwise.");
  schema.setting("interval", interval,
                 "Seconds after which the list is made anew, sooner in the first minutes. It takes "
                 "32 bytes of memory for each torrent, twice that while the next one is made.",
                 Integers{1, 86400});
  schema.setting("responses_per_interval", responses_per_interval,
                 "How often the list is sent in that time; who comes later is asked to come again.",
                 Integers{1, 1'000'000});
}

static void describe(config::Schema& schema, CleaningConfig& config) {
  auto& [torrent_cleaning_interval, max_peer_age] = config;
  config::describe_cleaning_interval(schema, torrent_cleaning_interval);
  config::describe_max_peer_age(schema, max_peer_age);
}

static void describe(config::Schema& schema, LimitsConfig& config) {
  auto& [swarms, max_connections, max_connections_per_address] = config;
  describe(schema, swarms);
  config::describe_max_connections(
      schema, max_connections,
      "Connections that are open at most, the workers having equal shares. A new one takes the "
      "place of one that has made no announce or scrape yet, of the address that has most of "
      "those, "
      "or of the one that has waited longest for its next request. One that waits takes less than "
      "1 KiB of memory, with TLS 6 KiB, and the kernel's part. 0: as many as a quarter of the "
      "memory can hold, 100,000 at most. Fewer if fewer files may be open (ulimit -n, "
      "LimitNOFILE=).");
  config::describe_max_connections_per_address(schema, max_connections_per_address);
}

static void describe(config::Schema& schema, DeadlinesConfig& config) {
  auto& [handshake, request, idle, write, farewell] = config;
  constexpr Integers seconds = config::deadline_range;
  config::describe_handshake_deadline(schema, handshake);
  config::describe_request_deadline(schema, request);
  schema.setting("idle", idle,
                 "Seconds that a connection may wait for its next request after an answer.",
                 seconds);
  schema.setting("write", write, "Seconds that a client may take to receive an answer.", seconds);
  schema.setting("farewell", farewell,
                 "Seconds that the tracker waits for the client's end of a connection after its "
                 "last answer.",
                 seconds);
}

void describe(config::Schema& schema, Config& config) {
  auto& [socket_workers, log_level, network, protocol, full_scrape, cleaning, limits, deadlines,
         metrics, privileges, access_list] = config;
  config::describe_socket_workers(schema, socket_workers);
  config::describe_log_level(schema, log_level);
  schema.section("network", network, "Where the tracker listens, and what its sockets hold.");
  schema.section("protocol", protocol, "What clients are told.");
  schema.section("full_scrape", full_scrape, "A list of all torrents, for those who ask.");
  schema.section("cleaning", cleaning, "How long what clients have told is remembered.");
  schema.section("limits", limits, config::limits_text);
  schema.section("deadlines", deadlines, config::deadlines_text);
  config::describe_section(schema, metrics);
  config::describe_section(schema, privileges);
  config::describe_section(schema, access_list);
}

static void add_too_long(std::string_view key, const std::string& text,
                         std::vector<std::string>& problems) {
  if (text.size() <= operator_text_size_max) return;
  problems.push_back(fmt::format("protocol.{}: {} bytes, {} are possible", key, text.size(),
                                 operator_text_size_max));
}

std::vector<std::string> validate(const Config& config) {
  std::vector<std::string> problems;
  config::add_stream_problems(config.network.listening, config.network.proxy, problems);
  config::add_max_connections_problem(config.limits.max_connections, problems);
  const ProtocolConfig& protocol = config.protocol;
  if (protocol.min_announce_interval > protocol.peer_announce_interval) {
    problems.push_back(fmt::format(
        "protocol.min_announce_interval: {} s, but peer_announce_interval is {} s: clients would "
        "be told to come sooner than they may; lower it",
        protocol.min_announce_interval, protocol.peer_announce_interval));
  }
  add_too_long("warning_message", protocol.warning_message, problems);
  add_too_long("tracker_id", protocol.tracker_id, problems);
  config::add_too_short_peer_age(config.cleaning.max_peer_age,
                                 protocol.peer_announce_interval + protocol.peer_announce_jitter,
                                 problems);
  return problems;
}

const config::ProgramInfo& program_info() {
  static const config::ProgramInfo info{
      .name = "gyre_http",
      .version = GYRE_VERSION,
      .summary =
          "A BitTorrent tracker for HTTP and HTTPS (BEP 3), on io_uring. It tells those "
          "who share a torrent of each other, over IPv4 and IPv6, and keeps all that it "
          "knows in memory. Without a file it listens on port 3000 of every address.",
      .override_example = "GYRE_SOCKET_WORKERS=2",
      .signals =
          "SIGTERM, SIGINT   stop: requests in hand are answered, then the program ends\n"
          "SIGHUP, SIGUSR1   read the access list and the certificates again",
      .library = tls::library_revision()};
  return info;
}

}  // namespace gyre::http
