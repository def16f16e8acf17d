#include "load-test/udp/response_check.hpp"

#include "common/base/bytes.hpp"
#include "udp/limits.hpp"

namespace gyre::load_test::udp {
namespace {

bool is_plausible(const gyre::udp::AnnounceResponse& response, std::int32_t peers_wanted,
                  Family family) {
  const std::size_t size = compact_peer_size(family);
  const std::size_t count = response.peers.size() / size;
  if (peers_wanted >= 0 && count > static_cast<std::size_t>(peers_wanted)) return false;
  if (count > std::uint64_t{response.leecher_count} + response.seeder_count) return false;
  for (std::size_t end = size; end <= response.peers.size(); end += size) {
    if (load_be<std::uint16_t>(response.peers.data() + end - sizeof(std::uint16_t)) == 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

gyre::udp::TransactionId transaction_id_of(const gyre::udp::Response& response) {
  if (const auto* announce = std::get_if<gyre::udp::AnnounceResponse>(&response)) {
    return announce->transaction_id;
  }
  if (const auto* connect = std::get_if<gyre::udp::ConnectResponse>(&response)) {
    return connect->transaction_id;
  }
  if (const auto* scrape = std::get_if<gyre::udp::ScrapeResponse>(&response)) {
    return scrape->transaction_id;
  }
  return std::get<gyre::udp::ErrorResponse>(response).transaction_id;
}

std::optional<Count> fault_of(const gyre::udp::Response& response, const Request& request,
                              std::int32_t peers_wanted, Family family) {
  if (std::holds_alternative<gyre::udp::ErrorResponse>(response)) return std::nullopt;
  if (response.index() != static_cast<std::size_t>(request.kind)) return Count::wrong_action;
  if (const auto* announce = std::get_if<gyre::udp::AnnounceResponse>(&response)) {
    if (!is_plausible(*announce, peers_wanted, family)) return Count::implausible_peers;
  } else if (const auto* scrape = std::get_if<gyre::udp::ScrapeResponse>(&response)) {
    const std::size_t wanted = request.scrape_count * gyre::udp::scrape_row_size;
    if (scrape->rows.size() != wanted) return Count::wrong_size;
  }
  return std::nullopt;
}

}  // namespace gyre::load_test::udp
