// The counts that reports of gyre_http_load_test have.
#pragma once

#include <array>

#include "load-test/statistics.hpp"

namespace gyre::load_test::http {

inline constexpr std::array<Named<Count>, 2> requests = {
    {{"announce", Count::announce_requests}, {"scrape", Count::scrape_requests}}};
inline constexpr std::array<Named<Count>, 3> responses = {{{"announce", Count::announce_responses},
                                                           {"scrape", Count::scrape_responses},
                                                           {"error", Count::error_responses}}};
inline constexpr std::array<Named<Count>, 5> faults = {
    {{"malformed_head", Count::malformed_head},
     {"closed_early", Count::closed_early},
     {"too_large", Count::too_large},
     {"malformed_body", Count::malformed_body},
     {"implausible_peers", Count::implausible_peers}}};
inline constexpr std::array<Named<Count>, 9> connections = {
    {{"opened", Count::connections_opened},
     {"failed", Count::connections_failed},
     {"ended", Count::connections_ended},
     {"unclosed", Count::connections_unclosed},
     {"tls_full", Count::tls_full},
     {"tls_resumed", Count::tls_resumed},
     {"tls_failed", Count::tls_failed},
     {"idle_held", Count::idle_held},
     {"idle_ended", Count::idle_ended}}};

inline constexpr CountLayout count_layout = {
    .requests = requests, .responses = responses, .faults = faults, .connections = connections};

}  // namespace gyre::load_test::http
