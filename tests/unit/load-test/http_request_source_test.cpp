#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <vector>

#include "common/http1/request_head.hpp"
#include "load-test/http/request_source.hpp"

namespace gyre::load_test::http {
namespace {

const std::vector<load_test::Peer>& peers() {
  static const auto made = load_test::make_peers(
      {.torrent_count = 5, .peer_count = 12, .seed = 1, .gamma_shape = 0.5, .gamma_scale = 50});
  return made;
}

Config config() {
  Config config;
  config.network.client_addresses = 4;
  config.url_suffix = "/x";
  return config;
}

struct Source {
  explicit Source(const Config& settings) : source(settings, peers(), 0) {}

  std::string announce(std::uint32_t address) {
    return {bytes.data(), source.write_announce(bytes, address, true)};
  }
  std::string scrape() { return {bytes.data(), source.write_scrape(bytes, false)}; }

  RequestSource source;
  std::array<char, request_size_max> bytes{};
};

TEST(HttpRequestSource, AnAnnounceAsItGoesOverTheWire) {
  Config settings = config();
  settings.torrents.peer_seeder_probability = 1;
  settings.announce_peers_wanted = 7;
  Source source(settings);
  const std::string request = source.announce(2);
  EXPECT_TRUE(request.starts_with("GET /announce/x?info_hash="));
  EXPECT_NE(request.find("&peer_id=-GY0001-000000000002&port=" + std::to_string(peers()[2].port) +
                         "&uploaded=0&downloaded=0&left=0&event=completed&compact=1&numwant=7 "
                         "HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nUser-Agent: gyre_http_load_test\r\n"
                         "Connection: keep-alive\r\n\r\n"),
            std::string::npos)
      << request;
}

// Decodes what is between "info_hash=" and the next "&".
std::vector<std::string> info_hashes_in(std::string_view request) {
  std::vector<std::string> found;
  constexpr std::string_view key = "info_hash=";
  for (auto at = request.find(key); at != std::string_view::npos; at = request.find(key, at)) {
    at += key.size();
    std::string value;
    for (; request[at] != '&' && request[at] != ' '; ++at) {
      if (request[at] != '%') {
        value += request[at];
        continue;
      }
      value += static_cast<char>(std::stoi(std::string(request.substr(at + 1, 2)), nullptr, 16));
      at += 2;
    }
    found.push_back(value);
  }
  return found;
}

std::string text_of(const InfoHash& info_hash) {
  std::string text;
  for (const std::byte byte : info_hash.bytes) text += static_cast<char>(byte);
  return text;
}

TEST(HttpRequestSource, EachAddressHasItsPeersInTurn) {
  Source source(config());
  for (std::size_t i = 0; i < 9; ++i) {
    for (std::uint32_t address = 0; address < 4; ++address) {
      const load_test::Peer& peer = peers()[(4 * i + address) % peers().size()];
      const std::string request = source.announce(address);
      EXPECT_EQ(info_hashes_in(request),
                std::vector{text_of(load_test::info_hash_of(1, peer.torrent))});
      EXPECT_NE(request.find("&port=" + std::to_string(peer.port) + "&"), std::string::npos);
    }
  }
}

TEST(HttpRequestSource, ScrapesAskAboutKnownTorrents) {
  std::set<std::string> known;
  for (std::uint32_t i = 0; i < 5; ++i) known.insert(text_of(load_test::info_hash_of(1, i)));
  Source source(config());
  for (int i = 0; i < 100; ++i) {
    const std::string request = source.scrape();
    EXPECT_TRUE(request.starts_with("GET /scrape/x?info_hash="));
    EXPECT_TRUE(request.ends_with("Connection: close\r\n\r\n"));
    const auto info_hashes = info_hashes_in(request);
    EXPECT_EQ(info_hashes.size(), 5U);
    for (const auto& info_hash : info_hashes) EXPECT_TRUE(known.contains(info_hash));
  }
}

TEST(HttpRequestSource, TrackersParseEveryRequest) {
  Config settings = config();
  settings.torrents.scrape_torrents = 50;
  Source source(settings);
  http1::RequestHead head;
  for (const std::string& request : {source.announce(0), source.scrape()}) {
    const auto result = http1::parse_request_head(request, head);
    EXPECT_EQ(result, request.size());
  }
}

TEST(HttpRequestSource, KindsByWeight) {
  Config settings = config();
  settings.torrents.weight_announce = 3;
  settings.torrents.weight_scrape = 1;
  Source source(settings);
  std::map<Kind, int> drawn;
  for (int i = 0; i < 10'000; ++i) ++drawn[source.source.draw_kind()];
  EXPECT_NEAR(drawn[Kind::announce], 7500, 200);
}

}  // namespace
}  // namespace gyre::load_test::http
