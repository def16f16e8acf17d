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

void describe_adaptive_interval(Schema& schema, std::uint32_t& load_max) {
  schema.setting("adaptive_interval", load_max,
                 "Percentage of the workers' CPU time above which clients are told longer "
                 "intervals, gradually up to three times as long and 5400 seconds, until they ask "
                 "for no more than that; "
                 "below three quarters of it the interval returns to peer_announce_interval. Peers "
                 "then expire a quarter later than the longest interval that was told, if that is "
                 "later than max_peer_age. 0: the interval never changes.",
                 Integers{0, 100});
}

void describe_echo_lone_peer(Schema& schema, bool& echo_lone_peer) {
  schema.setting("echo_lone_peer", echo_lone_peer,
                 "Return a peer to itself when it is alone in its swarm. Clients have no use for "
                 "it, but some tracker list checkers announce once and look for their own port.");
}

}  // namespace gyre::config
