#include "load-test/udp/response_check.hpp"

#include "common/bytes.hpp"
#include "udp/limits.hpp"

namespace gyre::udp_load {
namespace {

bool is_plausible(const udp::AnnounceResponse& response, std::int32_t peers_wanted, Family family) {
  const std::size_t size = compact_peer_size(family);
  const std::size_t count = response.peers.size() / size;
  if (peers_wanted >= 0 && count > static_cast<std::size_t>(peers_wanted)) return false;
  if (count > std::uint64_t{response.head.leecher_count} + response.head.seeder_count) return false;
  for (std::size_t end = size; end <= response.peers.size(); end += size) {
    if (load_be<std::uint16_t>(response.peers.data() + end - sizeof(std::uint16_t)) == 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

udp::TransactionId transaction_id_of(const udp::Response& response) {
  if (const auto* announce = std::get_if<udp::AnnounceResponse>(&response)) {
    return announce->head.transaction_id;
  }
  if (const auto* connect = std::get_if<udp::ConnectResponse>(&response)) {
    return connect->transaction_id;
  }
  if (const auto* scrape = std::get_if<udp::ScrapeResponse>(&response)) {
    return scrape->transaction_id;
  }
  return std::get<udp::ErrorResponse>(response).transaction_id;
}

std::optional<Count> fault_of(const udp::Response& response, const Request& request,
                              std::int32_t peers_wanted, Family family) {
  if (std::holds_alternative<udp::ErrorResponse>(response)) return std::nullopt;
  if (response.index() != static_cast<std::size_t>(request.kind)) return Count::wrong_action;
  if (const auto* announce = std::get_if<udp::AnnounceResponse>(&response)) {
    if (!is_plausible(*announce, peers_wanted, family)) return Count::implausible_peers;
  } else if (const auto* scrape = std::get_if<udp::ScrapeResponse>(&response)) {
    const std::size_t wanted = request.scrape_count * udp::scrape_row_size;
    if (scrape->rows.size() != wanted) return Count::wrong_size;
  }
  return std::nullopt;
}

}  // namespace gyre::udp_load
