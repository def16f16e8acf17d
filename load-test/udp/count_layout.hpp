// The counts that reports of gyre_udp_load_test have.
#pragma once

#include <array>

#include "load-test/statistics.hpp"

namespace gyre::load_test::udp {

inline constexpr std::array<Named<Count>, 4> responses = {{{"connect", Count::connect_responses},
                                                           {"announce", Count::announce_responses},
                                                           {"scrape", Count::scrape_responses},
                                                           {"error", Count::error_responses}}};
inline constexpr std::array<Named<Count>, 3> requests = {{{"connect", Count::connect_requests},
                                                          {"announce", Count::announce_requests},
                                                          {"scrape", Count::scrape_requests}}};
inline constexpr std::array<Named<Count>, 5> faults = {
    {{"wrong_size", Count::wrong_size},
     {"unknown_action", Count::unknown_action},
     {"unknown_transaction", Count::unknown_transaction},
     {"wrong_action", Count::wrong_action},
     {"implausible_peers", Count::implausible_peers}}};

inline constexpr CountLayout count_layout = {
    .requests = requests, .responses = responses, .faults = faults};

}  // namespace gyre::load_test::udp
