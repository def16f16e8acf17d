// Who is not served, whatever it asks for: clients by their network, by the beginning of their
// peer_id, or by the beginning of their user agent. Immutable once made; a reload replaces all of
// them together.
#pragma once

#include <string_view>

#include "common/base/shared_value.hpp"
#include "common/limits/prefix_list.hpp"
#include "common/net/network_list.hpp"

namespace gyre::limits {

struct DenyLists {
  net::NetworkList networks;
  PrefixList peer_ids;
  PrefixList user_agents;  // of HTTP and WebSocket clients
};

// The lists in use, shared by the threads of a tracker.
using SharedDenyLists = SharedList<DenyLists>;

// What clients are told.
inline constexpr std::string_view denied_network_text =
    "your network is not served by this tracker";
inline constexpr std::string_view denied_client_text = "your client is not served by this tracker";

}  // namespace gyre::limits
