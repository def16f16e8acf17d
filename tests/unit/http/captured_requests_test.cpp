// Requests that real clients sent to a tracker on loopback, byte by byte: each gets a response,
// alone, pipelined, and in pieces of any size.
#include <gtest/gtest.h>

#include "tests/support/bencode.hpp"
#include "tests/unit/http/handler_fixture.hpp"

namespace gyre::http {
namespace {

using gyre::test::BencodeReader;
using test::client;
using test::Tracker;

constexpr std::string_view torrent = "412655c7e743268d2e9de3c066b8bc9221b2cd5b";

struct Announce {
  const char* client;
  const char* request;
  AnnounceEvent event;
  std::optional<std::uint32_t> peers_wanted;
  std::uint16_t port;
  bool closes = false;
  std::uint64_t bytes_left = 0x100000;
  std::string_view info_hash = torrent;
};

using enum AnnounceEvent;

const Announce announces[] = {
    {"aria2 1.36.0, started",
     "GET /announce?info_hash=A%26U%C7%E7C%26%8D.%9D%E3%C0f%B8%BC%92%21%B2%CD%5B"
     "&peer_id=A2-1-36-0-%27%5D%B7i%D7%29G%A3%7F%09&uploaded=0&downloaded=0&left=1048576&compact=1"
     "&key=%B7i%D7%29G%A3%7F%09&numwant=50&no_peer_id=1&port=16881&event=started&supportcrypto=1 "
     "HTTP/1.1\r\nUser-Agent: aria2/1.36.0\r\nAccept: */*\r\nHost: 127.0.0.1:17001\r\n"
     "Want-Digest: SHA-512;q=1, SHA-256;q=1, SHA;q=0.1\r\n\r\n",
     started, 50, 16881},
    {"aria2 1.36.0, stopped",
     "GET /announce?info_hash=A%26U%C7%E7C%26%8D.%9D%E3%C0f%B8%BC%92%21%B2%CD%5B"
     "&peer_id=A2-1-36-0-%27%5D%B7i%D7%29G%A3%7F%09&uploaded=0&downloaded=0&left=1048576&compact=1"
     "&key=%B7i%D7%29G%A3%7F%09&numwant=0&no_peer_id=1&port=16881&event=stopped&trackerid=tid-xyz"
     "&supportcrypto=1 HTTP/1.1\r\nUser-Agent: aria2/1.36.0\r\nAccept: */*\r\n"
     "Host: [::1]:17001\r\nWant-Digest: SHA-512;q=1, SHA-256;q=1, SHA;q=0.1\r\n\r\n",
     stopped, 0, 16881},
    {"Transmission 3.00, started",
     "GET /announce?info_hash=A%26U%c7%e7C%26%8d.%9d%e3%c0f%b8%bc%92%21%b2%cd%5b"
     "&peer_id=-TR3000-8i6ve0cpteqx&port=17891&uploaded=0&downloaded=0&left=1048576&numwant=80"
     "&key=746a18f8&compact=1&supportcrypto=1&event=started HTTP/1.1\r\nHost: 127.0.0.1:17001\r\n"
     "User-Agent: Transmission/3.00\r\nAccept: */*\r\n"
     "Accept-Encoding: deflate, gzip, br, zstd\r\n\r\n",
     started, 80, 17891},
    {"Transmission 3.00, stopped",
     "GET /announce?info_hash=A%26U%c7%e7C%26%8d.%9d%e3%c0f%b8%bc%92%21%b2%cd%5b"
     "&peer_id=-TR3000-8i6ve0cpteqx&port=17891&uploaded=0&downloaded=0&left=1048576&numwant=0"
     "&key=746a18f8&compact=1&supportcrypto=1&event=stopped&trackerid=tid-xyz HTTP/1.1\r\n"
     "Host: 127.0.0.1:17001\r\nUser-Agent: Transmission/3.00\r\nAccept: */*\r\n"
     "Accept-Encoding: deflate, gzip, br, zstd\r\n\r\n",
     stopped, 0, 17891},
    {"rtorrent 0.9.8, started",
     "GET /announce?info_hash=A%26U%C7%E7C%26%8D%2E%9D%E3%C0f%B8%BC%92%21%B2%CD%5B"
     "&peer_id=-lt0D80-%D5zD%8B%15%7D-%B8%F6%CF%EF%D6&key=46032ffa&compact=1&port=18891&uploaded=0"
     "&downloaded=0&left=1048576&event=started HTTP/1.1\r\nHost: 127.0.0.1:17001\r\n"
     "User-Agent: rtorrent/0.9.8/0.13.8\r\nAccept: */*\r\n"
     "Accept-Encoding: deflate, gzip, br, zstd\r\n\r\n",
     started, std::nullopt, 18891},
    {"rtorrent 0.9.8, stopped",
     "GET /announce?info_hash=A%26U%C7%E7C%26%8D%2E%9D%E3%C0f%B8%BC%92%21%B2%CD%5B"
     "&peer_id=-lt0D80-%D5zD%8B%15%7D-%B8%F6%CF%EF%D6&key=46032ffa&trackerid=tid-xyz&compact=1"
     "&port=18891&uploaded=0&downloaded=0&left=1048576&event=stopped HTTP/1.1\r\n"
     "Host: [::1]:17001\r\nUser-Agent: rtorrent/0.9.8/0.13.8\r\nAccept: */*\r\n"
     "Accept-Encoding: deflate, gzip, br, zstd\r\n\r\n",
     stopped, std::nullopt, 18891},
    {"libtorrent 2.0.8, started",
     "GET /announce?info_hash=A%26U%c7%e7C%26%8d.%9d%e3%c0f%b8%bc%92!%b2%cd%5b"
     "&peer_id=-LT2080-Y)0m)!B6m~2i&port=16891&uploaded=0&downloaded=0&left=1048576&corrupt=0"
     "&key=7F56B99E&event=started&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0 "
     "HTTP/1.1\r\nHost: 127.0.0.1:17001\r\nUser-Agent: libtorrent/2.0.8.0\r\n"
     "Accept-Encoding: gzip\r\nConnection: close\r\n\r\n",
     started, 200, 16891, true},
    {"libtorrent 2.0.8 over IPv6, no brackets in Host",
     "GET /announce?info_hash=A%26U%c7%e7C%26%8d.%9d%e3%c0f%b8%bc%92!%b2%cd%5b"
     "&peer_id=-LT2080-8khrYpQ1Q30p&port=16891&uploaded=0&downloaded=0&left=1048576&corrupt=0"
     "&key=99B80382&event=started&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0 "
     "HTTP/1.1\r\nHost: ::1:17001\r\nUser-Agent: libtorrent/2.0.8.0\r\nAccept-Encoding: gzip\r\n"
     "Connection: close\r\n\r\n",
     started, 200, 16891, true},
    {"libtorrent 2.0.8, partial seed of a hybrid torrent, v1",
     "GET /announce?info_hash=%b2AZ%3a%b2%ac%a0%26%ca%23%d9%e8%19%3c%24%a5%a5%81%e4%23"
     "&peer_id=-LT2080-JNcMQLBQEe_r&port=16891&uploaded=0&downloaded=0&left=131072&corrupt=0"
     "&key=5E844192&event=paused&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0 "
     "HTTP/1.1\r\nHost: 127.0.0.1:17001\r\nUser-Agent: libtorrent/2.0.8.0\r\n"
     "Accept-Encoding: gzip\r\nConnection: close\r\n\r\n",
     paused, 200, 16891, true, 131072, "b2415a3ab2aca026ca23d9e8193c24a5a581e423"},
    {"libtorrent 2.0.8, partial seed of a hybrid torrent, v2",
     "GET /announce?info_hash=1h%cb%b7%93%dd%b2%09%99%5d%b6%1d%b61%06%bf%f3%dd%d3%22"
     "&peer_id=-LT2080-JNcMQLBQEe_r&port=16891&uploaded=0&downloaded=0&left=131072&corrupt=0"
     "&key=5E844192&event=paused&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0 "
     "HTTP/1.1\r\nHost: 127.0.0.1:17001\r\nUser-Agent: libtorrent/2.0.8.0\r\n"
     "Accept-Encoding: gzip\r\nConnection: close\r\n\r\n",
     paused, 200, 16891, true, 131072, "3168cbb793ddb209995db61db63106bff3ddd322"},
    {"qBittorrent 4.5.2, started",
     "GET /announce?info_hash=A%26U%c7%e7C%26%8d.%9d%e3%c0f%b8%bc%92!%b2%cd%5b"
     "&peer_id=-qB4520-F~-Q-Y!QRcNw&port=16991&uploaded=0&downloaded=0&left=1048576&corrupt=0"
     "&key=78A4E0CD&event=started&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0 "
     "HTTP/1.1\r\nHost: 127.0.0.1:17001\r\nUser-Agent: qBittorrent/4.5.2\r\n"
     "Accept-Encoding: gzip\r\nConnection: close\r\n\r\n",
     started, 200, 16991, true},
    {"Deluge 2.0.3, stopped",
     "GET /announce?info_hash=A%26U%c7%e7C%26%8d.%9d%e3%c0f%b8%bc%92!%b2%cd%5b"
     "&peer_id=-DE203s-F8W*QFvM*Hpc&port=16777&uploaded=0&downloaded=0&left=1048576&corrupt=0"
     "&key=B862D4C8&event=stopped&numwant=0&compact=1&no_peer_id=1&supportcrypto=1&redundant=0"
     "&trackerid=tid-xyz HTTP/1.1\r\nHost: 127.0.0.1:17001\r\n"
     "User-Agent: Deluge/2.0.3 libtorrent/2.0.8.0\r\nAccept-Encoding: gzip\r\n"
     "Connection: close\r\n\r\n",
     stopped, 0, 16777, true},
    {"ctorrent dnh3.3.2, HTTP/1.0 without Host",
     "GET /announce?info_hash=A%26U%C7%E7C%26%8D%2E%9D%E3%C0f%B8%BC%92%21%B2%CD%5B"
     "&peer_id=%2DCD0303%2D%98%0DU%95%D3%0Bx%E3%1E8%1E%BC&port=15777&key=UGI86MGL&event=started"
     "&uploaded=0&downloaded=0&left=1048576&compact=1&numwant=100 HTTP/1.0\r\n"
     "User-Agent: Enhanced-CTorrent/dnh3.3.2\r\n\r\n",
     started, 100, 15777, true},
    {"bittorrent-tracker 11.2.3, an awkward peer_id",
     "GET /announce?numwant=50&uploaded=0&downloaded=0&event=started&compact=1"
     "&info_hash=A%26U%C7%E7C%26%8D.%9D%E3%C0f%B8%BC%92%21%B2%CD%5B"
     "&peer_id=-WW0300-%00%FF%20%2B%2F%25abcdef&port=6881&left=16384 HTTP/1.1\r\n"
     "host: 127.0.0.1:17001\r\nconnection: keep-alive\r\nuser-agent: WebTorrent/3.0.21\r\n"
     "accept: */*\r\naccept-language: *\r\nsec-fetch-mode: cors\r\n"
     "accept-encoding: gzip, deflate\r\n\r\n",
     started, 50, 6881, false, 16384},
    {"bittorrent-tracker 11.2.3, completed, an empty tracker id",
     "GET /announce?numwant=50&uploaded=0&downloaded=0&event=completed&compact=1"
     "&info_hash=A%26U%C7%E7C%26%8D.%9D%E3%C0f%B8%BC%92%21%B2%CD%5B"
     "&peer_id=-WW0300-%00%FF%20%2B%2F%25abcdef&port=6881&left=16384&trackerid= HTTP/1.1\r\n"
     "host: 127.0.0.1:17001\r\nconnection: keep-alive\r\nuser-agent: WebTorrent/3.0.21\r\n"
     "accept: */*\r\naccept-language: *\r\nsec-fetch-mode: cors\r\n"
     "accept-encoding: gzip, deflate\r\n\r\n",
     completed, 50, 6881, false, 16384},
};

TEST(CapturedRequests, Announce) {
  for (const Announce& row : announces) {
    SCOPED_TRACE(row.client);
    http1::RequestHead head;
    const std::string_view bytes = row.request;
    const auto parsed = http1::parse_request_head(bytes, head);
    ASSERT_EQ(parsed, bytes.size());
    const Target target = parse_target(head.target);
    ASSERT_EQ(target.kind, TargetKind::announce);
    const auto request = parse_announce(target.query);
    ASSERT_TRUE(request);
    EXPECT_EQ(to_hex(request->info_hash), row.info_hash);
    EXPECT_EQ(request->bytes_left, row.bytes_left);
    EXPECT_EQ(request->event, row.event);
    EXPECT_EQ(request->peers_wanted, row.peers_wanted);
    EXPECT_EQ(request->port, row.port);
    EXPECT_TRUE(request->compact);
  }
}

TEST(CapturedRequests, EachIsAnswered) {
  for (const Announce& row : announces) {
    SCOPED_TRACE(row.client);
    for (const char* from : {"127.0.0.5", "2a00::5"}) {
      Tracker tracker;
      const auto response = tracker.send(row.request, client(from));
      EXPECT_EQ(response.status, "200 OK");
      EXPECT_EQ(response.close, row.closes);
      EXPECT_FALSE(response.head.contains("Content-Encoding"));
      const auto body = BencodeReader::read(response.body);
      ASSERT_TRUE(body) << response.body;
      EXPECT_FALSE(body->has("failure reason")) << response.body;
      EXPECT_TRUE(body->has("peers"));
      EXPECT_EQ((*body)["incomplete"].integer, row.event == stopped ? 0 : 1);
    }
  }
}

struct Scrape {
  const char* client;
  const char* request;
  std::size_t file_count;
};

const Scrape scrapes[] = {
    {"libtorrent 2.0.8",
     "GET /scrape?info_hash=A%26U%c7%e7C%26%8d.%9d%e3%c0f%b8%bc%92!%b2%cd%5b HTTP/1.1\r\n"
     "Host: 127.0.0.1:17001\r\nUser-Agent: libtorrent/2.0.8.0\r\nAccept-Encoding: gzip\r\n"
     "Connection: close\r\n\r\n",
     1},
    {"bittorrent-tracker 11.2.3",
     "GET /scrape?info_hash=A%26U%C7%E7C%26%8D.%9D%E3%C0f%B8%BC%92%21%B2%CD%5B"
     "&info_hash=%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF HTTP/1.1\r\n"
     "host: 127.0.0.1:17001\r\nconnection: keep-alive\r\nuser-agent: WebTorrent/3.0.21\r\n\r\n",
     2},
};

TEST(CapturedRequests, Scrape) {
  for (const Scrape& row : scrapes) {
    SCOPED_TRACE(row.client);
    Tracker tracker;
    const auto response = tracker.send(row.request, client("127.0.0.5"));
    EXPECT_EQ(response.status, "200 OK");
    const auto body = BencodeReader::read(response.body);
    ASSERT_TRUE(body) << response.body;
    EXPECT_EQ((*body)["files"].dictionary.size(), row.file_count);
    EXPECT_TRUE(
        (*body)["files"].has("A&U\xc7\xe7"
                             "C&\x8d.\x9d\xe3\xc0"
                             "f\xb8\xbc\x92!\xb2\xcd["));
  }
}

// A connection that receives its bytes in pieces, and answers complete requests as a worker does.
std::string answers_to(std::string_view bytes, std::size_t piece_size) {
  Tracker tracker(HandlerOptions{.announce_jitter_s = 0});
  std::string answers;
  std::string buffer;
  http1::RequestHead head;
  while (!bytes.empty()) {
    const std::size_t seen = buffer.size();
    buffer += bytes.substr(0, piece_size);
    bytes.remove_prefix(std::min(piece_size, bytes.size()));
    std::size_t begin = 0;
    for (;;) {
      const auto rest = std::span(buffer).subspan(begin);
      const auto parsed = http1::parse_request_head(rest, head, begin == 0 ? seen : 0);
      EXPECT_TRUE(parsed || parsed == http1::incomplete_head);
      if (!parsed) break;
      const http1::Response response =
          tracker.handler.handle(head, client("10.0.0.1"), false, tracker.out);
      answers.append(reinterpret_cast<const char*>(tracker.out.data()), response.size);
      begin += *parsed;
    }
    buffer.erase(0, begin);
  }
  EXPECT_EQ(buffer, "");
  return answers;
}

TEST(CapturedRequests, PipelinedInPiecesOfEverySize) {
  std::string bytes;
  for (const Announce& row : announces) bytes += row.request;
  for (const Scrape& row : scrapes) bytes += row.request;
  const std::string whole = answers_to(bytes, bytes.size());
  for (const std::size_t piece_size : {1UZ, 2UZ, 3UZ, 7UZ, 64UZ, 301UZ, 1000UZ}) {
    EXPECT_EQ(answers_to(bytes, piece_size), whole) << piece_size;
  }
}

}  // namespace
}  // namespace gyre::http
