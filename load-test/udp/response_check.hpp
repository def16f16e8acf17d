// Checks of a response that was parsed: is it what its request deserves, as far as a client can
// tell? Pure functions.
#pragma once

#include <optional>

#include "load-test/statistics.hpp"
#include "load-test/udp/window.hpp"
#include "udp/protocol.hpp"

namespace gyre::load_test::udp {

gyre::udp::TransactionId transaction_id_of(const gyre::udp::Response& response);

// What to count it as: wrong_action, wrong_size (a scrape with too few rows or too many) or
// implausible_peers (more than `peers_wanted`, if that is not negative, more than the swarm has, or
// one without a port). Nothing if it is fine. Every request may be answered by an error.
std::optional<Count> fault_of(const gyre::udp::Response& response, const Request& request,
                              std::int32_t peers_wanted, Family family);

}  // namespace gyre::load_test::udp
