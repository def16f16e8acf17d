#include "common/tracker/lists.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "common/base/files.hpp"

namespace gyre::tracker {
namespace {

// Larger ones are a wrong path.
constexpr std::size_t deny_list_size_max = std::size_t{256} << 20;

// Without a path there is an empty list.
template <class List>
std::expected<List, std::string> load_list(
    const std::string& path, std::expected<List, std::string> (*parse)(std::string_view)) {
  if (path.empty()) return List{};
  const auto text = read_file(path, deny_list_size_max);
  if (!text) return std::unexpected("deny list: " + path + ": " + text.error());
  auto list = parse(*text);
  if (!list) return std::unexpected("deny list: " + path + ":" + list.error());
  return list;
}

}  // namespace

std::expected<void, std::string> Lists::load() {
  const AccessMode mode = access_config_.mode;
  auto access = swarm::AccessList::load(mode, access_config_.path, hash_secret_);
  if (!access) return std::unexpected("access list: " + access.error());
  auto deny = load_deny_lists();
  if (!deny) return std::unexpected(deny.error());
  if (mode != AccessMode::off) {
    spdlog::info(fmt::format("access list: {} info_hashes, mode {}", access->size(),
                             config::access_mode_names[static_cast<std::size_t>(mode)]));
  }
  if (deny_config_ != config::DenyConfig{}) {
    spdlog::info(fmt::format("deny lists: {} networks, {} peer_ids, {} user agents",
                             deny->networks.size(), deny->peer_ids.size(),
                             deny->user_agents.size()));
  }
  access_.replace(std::move(*access));
  deny_.replace(std::move(*deny));
  are_read_ = true;
  return {};
}

std::expected<limits::DenyLists, std::string> Lists::load_deny_lists() const {
  auto networks = load_list(deny_config_.networks_path, net::NetworkList::parse_lines);
  if (!networks) return std::unexpected(networks.error());
  auto peer_ids = load_list(deny_config_.peer_ids_path, limits::PrefixList::parse_peer_ids);
  if (!peer_ids) return std::unexpected(peer_ids.error());
  auto user_agents =
      load_list(deny_config_.user_agents_path, limits::PrefixList::parse_user_agents);
  if (!user_agents) return std::unexpected(user_agents.error());
  return limits::DenyLists{.networks = std::move(*networks),
                           .peer_ids = std::move(*peer_ids),
                           .user_agents = std::move(*user_agents)};
}

std::expected<void, std::string> Lists::check() const {
  if (are_read_) return {};
  return std::unexpected(access_config_.mode != AccessMode::off
                             ? "the access list could not be read"
                             : "the deny lists could not be read");
}

std::vector<std::string> Lists::paths() const {
  std::vector<std::string> paths;
  if (access_config_.mode != AccessMode::off) paths.push_back(access_config_.path);
  for (const std::string* path :
       {&deny_config_.networks_path, &deny_config_.peer_ids_path, &deny_config_.user_agents_path}) {
    if (!path->empty()) paths.push_back(*path);
  }
  return paths;
}

}  // namespace gyre::tracker
