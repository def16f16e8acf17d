#include "load-test/http/request_source.hpp"

#include <array>
#include <cstring>
#include <numeric>
#include <string_view>

#include "common/base/check.hpp"
#include "common/base/numbers.hpp"
#include "common/http1/text_writer.hpp"

namespace gyre::load_test::http {
namespace {

// RFC 3986 2.3; clients of BitTorrent encode everything else.
constexpr bool is_unreserved(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// What each byte is written as, and in the last element how long that is.
constexpr std::array<std::array<char, 4>, 256> make_encodings() {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::array<std::array<char, 4>, 256> encodings{};
  for (std::size_t i = 0; i < 256; ++i) {
    if (is_unreserved(static_cast<unsigned char>(i))) {
      encodings[i] = {static_cast<char>(i), 0, 0, 1};
    } else {
      encodings[i] = {'%', digits[i >> 4], digits[i & 15], 3};
    }
  }
  return encodings;
}
constexpr auto encodings = make_encodings();

void write_encoded(http1::TextWriter& out, const InfoHash& info_hash) {
  std::array<char, 3 * sizeof(InfoHash) + 1> text;
  char* at = text.data();
  for (const std::byte byte : info_hash.bytes) {
    const auto& encoding = encodings[static_cast<std::size_t>(byte)];
    std::memcpy(at, encoding.data(), encoding.size());  // of one size, so that it is one store
    at += encoding.back();
  }
  out.text({text.data(), at});
}

std::string request_end(const Config& config, std::string_view connection) {
  std::string end = " HTTP/1.1\r\nHost: " + to_string(config.run.server_address) +
                    "\r\nUser-Agent: gyre_http_load_test\r\nConnection: ";
  return end.append(connection).append("\r\n\r\n");
}

}  // namespace

RequestSource::RequestSource(const Config& config, std::span<const Peer> peers,
                             std::uint32_t worker_index)
    : config_(config),
      peers_(peers),
      random_(worker_random(config.run.seed, worker_index)),
      next_peer_(config.network.client_addresses),
      announce_begin_("GET /announce" + config.url_suffix + "?info_hash="),
      scrape_begin_("GET /scrape" + config.url_suffix + "?info_hash="),
      end_keeping_(request_end(config, "keep-alive")),
      end_closing_(request_end(config, "close")) {
  DCHECK(peers.size() >= next_peer_.size());
  std::iota(next_peer_.begin(), next_peer_.end(), std::size_t{0});
}

Kind RequestSource::draw_kind() {
  if (config_.torrents.weight_scrape == 0) return Kind::announce;
  const std::uint32_t drawn =
      random_.below(config_.torrents.weight_announce + config_.torrents.weight_scrape);
  return drawn < config_.torrents.weight_announce ? Kind::announce : Kind::scrape;
}

std::size_t RequestSource::write_announce(std::span<char> out, std::uint32_t client_address,
                                          bool keep_alive) {
  DCHECK(client_address < next_peer_.size());
  std::size_t& next = next_peer_[client_address];
  const std::size_t index = next;
  next += next_peer_.size();
  if (next >= peers_.size()) next = client_address;
  const Peer& peer = peers_[index];
  const bool seeder = random_.chance(config_.torrents.peer_seeder_probability);
  http1::TextWriter writer(std::as_writable_bytes(out));
  writer.text(announce_begin_);
  write_encoded(writer, info_hash_of(config_.run.seed, peer.torrent));
  const auto digits = hex_digits<12>(index);
  writer.text("&peer_id=-GY0001-");
  writer.text({digits.data(), digits.size()});
  writer.text("&port=");
  writer.number(peer.port);
  writer.text("&uploaded=0&downloaded=0&left=");
  writer.text(seeder ? "0&event=completed" : "50&event=started");
  writer.text("&compact=1");
  if (config_.announce_peers_wanted >= 0) {
    writer.text("&numwant=");
    writer.number(static_cast<std::uint32_t>(config_.announce_peers_wanted));
  }
  writer.text(keep_alive ? end_keeping_ : end_closing_);
  return writer.size();
}

std::size_t RequestSource::write_scrape(std::span<char> out, bool keep_alive) {
  http1::TextWriter writer(std::as_writable_bytes(out));
  for (std::uint32_t i = 0; i < config_.torrents.scrape_torrents; ++i) {
    const auto drawn = random_.below(static_cast<std::uint32_t>(peers_.size()));
    writer.text(i == 0 ? std::string_view(scrape_begin_) : "&info_hash=");
    write_encoded(writer, info_hash_of(config_.run.seed, peers_[drawn].torrent));
  }
  writer.text(keep_alive ? end_keeping_ : end_closing_);
  return writer.size();
}

}  // namespace gyre::load_test::http
