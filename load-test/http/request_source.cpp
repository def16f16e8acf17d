#include "load-test/http/request_source.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <numeric>
#include <string_view>

namespace gyre::load_test::http {
namespace {

// RFC 3986 2.3; clients of BitTorrent encode everything else.
constexpr bool is_unreserved(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

struct Encoded {
  std::array<char, 4> text{};
  std::uint8_t size = 0;
};

constexpr std::array<Encoded, 256> make_encodings() {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::array<Encoded, 256> encodings{};
  for (std::size_t i = 0; i < 256; ++i) {
    if (is_unreserved(static_cast<unsigned char>(i))) {
      encodings[i] = {.text = {static_cast<char>(i)}, .size = 1};
    } else {
      encodings[i] = {.text = {'%', digits[i >> 4], digits[i & 15]}, .size = 3};
    }
  }
  return encodings;
}
constexpr auto encodings = make_encodings();

class Writer {
 public:
  explicit Writer(std::span<char> out) : begin_(out.data()), at_(out.data()) {}

  void text(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void number(std::int64_t number) { at_ = std::to_chars(at_, at_ + 20, number).ptr; }
  void encoded(const InfoHash& info_hash) {
    for (const std::byte byte : info_hash.bytes) {
      const Encoded& encoding = encodings[static_cast<std::size_t>(byte)];
      std::memcpy(at_, encoding.text.data(), encoding.text.size());
      at_ += encoding.size;
    }
  }
  void hex(std::uint64_t number, int digits) {
    for (int i = 0; i < digits; ++i) *at_++ = "0123456789abcdef"[number >> 4 * i & 15];
  }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
};

std::string request_end(const Config& config, std::string_view connection) {
  std::string end = " HTTP/1.1\r\nHost: " + to_string(config.run.server_address) +
                    "\r\nUser-Agent: gyre_http_load_test\r\nConnection: ";
  return end.append(connection).append("\r\n\r\n");
}

}  // namespace

RequestSource::RequestSource(const Config& config, std::span<const load_test::Peer> peers,
                             std::uint32_t worker_index)
    : config_(config.torrents),
      seed_(config.run.seed),
      seeder_(config.torrents.peer_seeder_probability),
      peers_(peers),
      random_(load_test::worker_random(config.run.seed, worker_index)),
      next_peer_(config.network.connections.client_addresses),
      announce_begin_("GET /announce" + config.url_suffix + "?info_hash="),
      scrape_begin_("GET /scrape" + config.url_suffix + "?info_hash="),
      end_keeping_(request_end(config, "keep-alive")),
      end_closing_(request_end(config, "close")) {
  std::iota(next_peer_.begin(), next_peer_.end(), std::size_t{0});
}

Kind RequestSource::draw_kind() {
  if (config_.weights.weight_scrape == 0) return Kind::announce;
  const std::uint32_t drawn =
      random_.below(config_.weights.weight_announce + config_.weights.weight_scrape);
  return drawn < config_.weights.weight_announce ? Kind::announce : Kind::scrape;
}

std::size_t RequestSource::write_announce(std::span<char> out, std::uint32_t client_address,
                                          bool keep_alive) {
  std::size_t& next = next_peer_[client_address];
  const std::size_t index = next;
  next += next_peer_.size();
  if (next >= peers_.size()) next = client_address;
  const load_test::Peer& peer = peers_[index];
  const bool seeder = seeder_.draw(random_);
  Writer writer(out);
  writer.text(announce_begin_);
  writer.encoded(load_test::info_hash_of(seed_, peer.torrent));
  writer.text("&peer_id=-GY0001-");
  writer.hex(index, 12);
  writer.text("&port=");
  writer.number(peer.port);
  writer.text("&uploaded=0&downloaded=0&left=");
  writer.text(seeder ? "0&event=completed" : "50&event=started");
  writer.text("&compact=1");
  if (config_.announce_peers_wanted >= 0) {
    writer.text("&numwant=");
    writer.number(config_.announce_peers_wanted);
  }
  writer.text(keep_alive ? end_keeping_ : end_closing_);
  return writer.size();
}

std::size_t RequestSource::write_scrape(std::span<char> out, bool keep_alive) {
  Writer writer(out);
  for (std::uint32_t i = 0; i < config_.scrape_torrents; ++i) {
    const auto drawn = random_.below(static_cast<std::uint32_t>(peers_.size()));
    writer.text(i == 0 ? std::string_view(scrape_begin_) : "&info_hash=");
    writer.encoded(load_test::info_hash_of(seed_, peers_[drawn].torrent));
  }
  writer.text(keep_alive ? end_keeping_ : end_closing_);
  return writer.size();
}

}  // namespace gyre::load_test::http
