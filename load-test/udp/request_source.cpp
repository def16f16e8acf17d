#include "load-test/udp/request_source.hpp"

#include <algorithm>
#include <array>

#include "common/base/check.hpp"
#include "udp/limits.hpp"

namespace gyre::load_test::udp {

RequestSource::RequestSource(const RequestsConfig& config, std::span<const Peer> peers,
                             std::uint32_t seed, std::uint32_t worker_index)
    : config_(config), peers_(peers), seed_(seed), random_(worker_random(seed, worker_index)) {
  DCHECK(!peers.empty());
}

Kind RequestSource::draw_kind() {
  const std::uint32_t announce_end = config_.weight_connect + config_.weight_announce;
  const std::uint32_t drawn = random_.below(announce_end + config_.weight_scrape);
  if (drawn < config_.weight_connect) return Kind::connect;
  return drawn < announce_end ? Kind::announce : Kind::scrape;
}

std::uint16_t RequestSource::draw_scrape_count() {
  return static_cast<std::uint16_t>(1 + random_.below(config_.scrape_max_torrents));
}

std::size_t RequestSource::write_connect(std::span<std::byte> out,
                                         gyre::udp::TransactionId transaction_id) {
  return gyre::udp::write_connect_request(out, {transaction_id});
}

std::size_t RequestSource::write_announce(std::span<std::byte> out,
                                          gyre::udp::ConnectionId connection_id,
                                          gyre::udp::TransactionId transaction_id) {
  const Peer& peer = peers_[next_peer_];
  if (++next_peer_ == peers_.size()) next_peer_ = 0;
  const bool seeder = random_.chance(config_.peer_seeder_probability);
  const bool stopped =
      config_.stopped_probability > 0 && random_.chance(config_.stopped_probability);
  const AnnounceEvent event = seeder ? AnnounceEvent::completed : AnnounceEvent::started;
  return gyre::udp::write_announce_request(out, {.connection_id = connection_id,
                                                 .transaction_id = transaction_id,
                                                 .info_hash = info_hash_of(seed_, peer.torrent),
                                                 .bytes_left = seeder ? 0U : 50U,
                                                 .event = stopped ? AnnounceEvent::stopped : event,
                                                 .peers_wanted = config_.announce_peers_wanted,
                                                 .port = peer.port});
}

std::size_t RequestSource::write_scrape(std::span<std::byte> out,
                                        gyre::udp::ConnectionId connection_id,
                                        gyre::udp::TransactionId transaction_id,
                                        std::uint16_t count) {
  DCHECK(count > 0 && count <= gyre::udp::scrape_hashes_max);
  std::array<std::byte, 20 * gyre::udp::scrape_hashes_max> info_hashes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto drawn = random_.below(static_cast<std::uint32_t>(peers_.size()));
    const InfoHash info_hash = info_hash_of(seed_, peers_[drawn].torrent);
    std::ranges::copy(info_hash.bytes, info_hashes.begin() + static_cast<std::ptrdiff_t>(20 * i));
  }
  return gyre::udp::write_scrape_request(
      out, {.connection_id = connection_id,
            .transaction_id = transaction_id,
            .info_hashes = std::span(info_hashes).first(std::size_t{20} * count)});
}

}  // namespace gyre::load_test::udp
