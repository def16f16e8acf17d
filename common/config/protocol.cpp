#include "common/config/protocol.hpp"

namespace gyre::config {

void describe_announce_interval(Schema& schema, Seconds& interval) {
  schema.setting("peer_announce_interval", interval,
                 "Seconds until a client should announce again (\"interval\"). Traffic is "
                 "inversely proportional to it.",
                 Integers{1, 21600});
}

void describe_announce_jitter(Schema& schema, Seconds& jitter) {
  schema.setting("peer_announce_jitter", jitter,
                 "Up to this many seconds are added to the interval, at random for each "
                 "response, so that clients that arrived together (after a restart, say) spread "
                 "out. 0: no jitter.",
                 Integers{0, 3600});
}

void describe_adaptive_interval(Schema& schema, std::uint32_t& load_max, std::string_view text) {
  schema.setting("adaptive_interval", load_max, text, Integers{0, 100});
}

void describe_echo_lone_peer(Schema& schema, bool& echo_lone_peer) {
  schema.setting("echo_lone_peer", echo_lone_peer,
                 "Return a peer to itself when it is alone in its swarm. Clients have no use for "
                 "it, but some tracker list checkers announce once and look for their own port.");
}

}  // namespace gyre::config
