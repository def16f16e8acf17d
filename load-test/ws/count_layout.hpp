// The counts that reports of gyre_ws_load_test have.
#pragma once

#include <array>
#include <span>

#include "load-test/statistics.hpp"

namespace gyre::load_test::ws {

inline constexpr std::array<Named<Count>, 3> sent = {{{"announce", Count::announce_requests},
                                                      {"scrape", Count::scrape_requests},
                                                      {"answer", Count::answers_sent}}};
inline constexpr std::array<Named<Count>, 6> responses = {{{"announce", Count::announce_responses},
                                                           {"scrape", Count::scrape_responses},
                                                           {"error", Count::error_responses},
                                                           {"offer", Count::peers},
                                                           {"answer", Count::answers_received},
                                                           {"close", Count::closes}}};
inline constexpr std::array<Named<Count>, 7> faults = {
    {{"malformed", Count::malformed},
     {"wrong_swarm", Count::wrong_swarm},
     {"wrong_peer", Count::wrong_peer},
     {"damaged_sdp", Count::damaged_sdp},
     {"foreign_answer", Count::foreign_answer},
     {"repeated_answer", Count::repeated_answer},
     {"unexpected_reply", Count::unexpected_reply}}};
inline constexpr std::array<Named<Count>, 10> connections = {
    {{"opened", Count::connections_opened},
     {"failed", Count::connections_failed},
     {"upgrades_refused", Count::upgrades_refused},
     {"ended", Count::connections_ended},
     {"tls_full", Count::tls_full},
     {"tls_resumed", Count::tls_resumed},
     {"tls_failed", Count::tls_failed},
     {"deflated", Count::deflated},
     {"idle_held", Count::idle_held},
     {"idle_ended", Count::idle_ended}}};
inline constexpr std::array<Named<Count>, 3> offers = {{{"sent", Count::offers_sent},
                                                        {"answered", Count::offers_answered},
                                                        {"unanswered", Count::offers_unanswered}}};

inline constexpr CountLayout count_layout = {.requests = std::span(sent).first<2>(),
                                             .responses = responses,
                                             .faults = faults,
                                             .connections = connections,
                                             .sent = sent,
                                             .offers = offers};

}  // namespace gyre::load_test::ws
