// Full scrapes: what the lists contain, and that clients receive them whole.
#include "http/full_scrape.hpp"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <charconv>

#include "tests/support/bencode.hpp"
#include "tests/unit/http/handler_fixture.hpp"

namespace gyre::http {
namespace {

using gyre::test::Bencoded;
using gyre::test::BencodeReader;
using test::client;
using test::Response;

std::string unchunked(std::string_view bytes) {
  std::string body;
  for (;;) {
    std::size_t size = 0;
    const std::size_t line_end = bytes.find("\r\n");
    if (line_end == std::string_view::npos) break;
    const std::string_view line = bytes.substr(0, line_end);
    std::from_chars(line.data(), line.data() + line.size(), size, 16);
    bytes.remove_prefix(line_end + 2);
    body += bytes.substr(0, size);
    EXPECT_EQ(bytes.substr(size, 2), "\r\n");
    bytes.remove_prefix(size + 2);
    if (size == 0) return bytes.empty() ? body : "bytes behind the last chunk";
  }
  return "a broken chunk";
}

std::string gunzipped(std::string_view bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(std::size_t{1} << 24, '\0');
  std::string input(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

std::string unzstd(std::string_view bytes) {
  std::string text(std::size_t{1} << 24, '\0');
  const std::size_t size = ZSTD_decompress(text.data(), text.size(), bytes.data(), bytes.size());
  EXPECT_FALSE(ZSTD_isError(size));
  text.resize(size);
  return text;
}

// A tracker with `count` torrents that allows full scrapes.
struct ListingTracker : test::Tracker {
  explicit ListingTracker(std::uint32_t count, std::uint32_t uses_of_a_list = 100)
      : Tracker({.full_scrapes = &full_scrapes}), full_scrapes(uses_of_a_list) {
    Random random(3);
    for (std::uint32_t i = 0; i < count; ++i) {
      std::string target = "/announce?port=6881&left=5&info_hash=";
      for (int byte = 0; byte < 20; ++byte) {
        constexpr std::string_view digits = "0123456789abcdef";
        target += {'%', digits[random.below(16)], digits[random.below(16)]};
      }
      get(target);
    }
    renew();
  }
  void renew() { full_scrapes.replace(list_torrents(swarms, list)); }

  // Head and whole body, as sent.
  Response scrape(const std::string& request_line_end_and_headers) {
    const std::string request = "GET /scrape" + request_line_end_and_headers + "\r\n";
    http1::RequestHead head;
    CHECK(http1::parse_request_head(request, head).has_value());
    const http1::Response written = handler.handle(head, client("10.0.0.1"), false, out);
    const std::string_view bytes(reinterpret_cast<const char*>(out.data()), written.size);
    if (!written.streams) return test::response_of(bytes, written.close);
    Response response{.status = std::string(bytes.substr(9, bytes.find("\r\n") - 9)),
                      .head = std::string(bytes),
                      .body = {},
                      .close = written.close};
    EXPECT_FALSE(response.head.contains("Content-Length"));
    const auto body = handler.take_body();
    for (piece_count = 1;; ++piece_count) {
      const std::size_t size = body->write_next(out);
      response.body.append(reinterpret_cast<const char*>(out.data()), size);
      if (body->has_ended()) return response;
    }
  }

  FullScrapes full_scrapes;
  swarm::AccessList list;
  int piece_count = 0;
};

struct Case {
  const char* request;
  const char* encoding;  // empty: none
};

const Case cases[] = {
    {" HTTP/1.1\r\n", ""},
    {"? HTTP/1.1\r\n", ""},
    {" HTTP/1.0\r\n", ""},
    {" HTTP/1.0\r\nConnection: keep-alive\r\n", ""},
    {" HTTP/1.1\r\nConnection: close\r\n", ""},
    {" HTTP/1.1\r\nAccept-Encoding: gzip\r\n", "gzip"},
    {" HTTP/1.0\r\nAccept-Encoding: gzip\r\n", "gzip"},
    {" HTTP/1.1\r\nAccept-Encoding: deflate, gzip, br, zstd\r\n", "zstd"},
};

TEST(FullScrape, ArrivesWhole) {
  for (const std::uint32_t count : {0U, 1U, 337U, 338U, 339U, 5000U}) {
    ListingTracker tracker(count);
    for (const Case& row : cases) {
      SCOPED_TRACE(testing::Message() << count << " torrents," << row.request);
      const std::string_view request = row.request;
      const Response response = tracker.scrape(row.request);
      EXPECT_EQ(response.status, "200 OK");
      const bool is_old = request.contains("1.0");
      EXPECT_EQ(response.close, is_old || request.contains("close"));
      EXPECT_EQ(response.has("Transfer-Encoding: chunked"), !is_old);
      EXPECT_FALSE(response.has("Connection: keep-alive"));
      const std::string encoding = row.encoding;
      EXPECT_EQ(response.head.contains("Content-Encoding"), !encoding.empty());
      EXPECT_EQ(response.has("Content-Encoding: " + encoding), !encoding.empty());
      std::string body = is_old ? response.body : unchunked(response.body);
      if (encoding == "gzip") body = gunzipped(body);
      if (encoding == "zstd") body = unzstd(body);
      const auto scrape = BencodeReader::read(body);  // which requires sorted keys
      ASSERT_TRUE(scrape);
      EXPECT_EQ((*scrape)["files"].dictionary.size(), count);
      EXPECT_EQ((*scrape)["flags"]["min_request_interval"].integer, 900);
      for (const auto& [info_hash, counts] : (*scrape)["files"].dictionary) {
        EXPECT_EQ(info_hash.size(), 20U);
        EXPECT_EQ(counts["incomplete"].integer, 1);
      }
      EXPECT_EQ(tracker.piece_count > 10, count == 5000);
    }
    EXPECT_EQ(tracker.count(Counter::response_full_scrape), std::size(cases));
  }
}

TEST(FullScrape, AddsUpFamilies) {
  ListingTracker tracker(0);
  tracker.get("/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&port=1&left=0", "1.1.1.1");
  tracker.get("/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&port=1&left=0", "2a00::1");
  tracker.get("/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&port=1&left=5", "2a00::2");
  tracker.get("/announce?info_hash=bbbbbbbbbbbbbbbbbbbb&port=1&left=5", "2a00::2");
  const auto listed = list_torrents(tracker.swarms, {});
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].info_hash.bytes[0], std::byte{'a'});
  EXPECT_EQ(listed[0].counts.seeder_count, 2U);
  EXPECT_EQ(listed[0].counts.leecher_count, 1U);
  EXPECT_EQ(listed[1].counts.seeder_count, 0U);
  EXPECT_EQ(listed[1].counts.leecher_count, 1U);
}

TEST(FullScrape, ListsOnlyAllowedTorrents) {
  ListingTracker tracker(3);
  tracker.get("/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&port=1&left=0");
  const auto denied =
      swarm::AccessList::parse(AccessMode::deny, "6161616161616161616161616161616161616161");
  EXPECT_EQ(list_torrents(tracker.swarms, {}).size(), 4U);
  EXPECT_EQ(list_torrents(tracker.swarms, *denied).size(), 3U);
}

TEST(FullScrape, IsRateLimited) {
  ListingTracker tracker(1, 2);
  const auto is_failure = [&] {
    const Response response = tracker.scrape(" HTTP/1.1\r\n");
    if (response.head.contains("chunked")) return false;
    return BencodeReader::read(response.body)->has("failure reason");
  };
  EXPECT_FALSE(is_failure());
  EXPECT_FALSE(is_failure());
  EXPECT_TRUE(is_failure());
  EXPECT_EQ(tracker.count(Counter::failure_full_scrape_later), 1U);
  tracker.renew();
  EXPECT_FALSE(is_failure());
  EXPECT_EQ(tracker.count(Counter::response_failure), 1U);
}

TEST(FullScrape, SlowReadersAreCutOff) {
  ListingTracker tracker(1);
  http1::RequestHead head;
  ASSERT_TRUE(http1::parse_request_head(std::string_view("GET /scrape HTTP/1.1\r\n\r\n"), head));
  ASSERT_TRUE(tracker.handler.handle(head, client("10.0.0.1"), false, tracker.out).streams);
  const auto body = tracker.handler.take_body();
  EXPECT_FALSE(tracker.handler.is_outdated(*body));
  tracker.renew();
  EXPECT_FALSE(tracker.handler.is_outdated(*body));
  tracker.renew();
  EXPECT_TRUE(tracker.handler.is_outdated(*body));
}

TEST(FullScrape, IsUnavailableAtFirst) {
  FullScrapes none(10);
  EXPECT_EQ(none.take(), nullptr);
  test::Tracker tracker({.full_scrapes = &none});
  EXPECT_TRUE(tracker.get("/scrape").body.contains("try again later"));
}

TEST(FullScrape, HeadHasNoBody) {
  ListingTracker tracker(1, 1);
  http1::RequestHead head;
  const std::string_view request = "HEAD /scrape HTTP/1.1\r\n\r\n";
  ASSERT_TRUE(http1::parse_request_head(request, head));
  const http1::Response response =
      tracker.handler.handle(head, client("10.0.0.1"), false, tracker.out);
  EXPECT_FALSE(response.streams);
  EXPECT_FALSE(response.close);
  const std::string_view bytes(reinterpret_cast<const char*>(tracker.out.data()), response.size);
  EXPECT_TRUE(bytes.ends_with("\r\n\r\n"));
  EXPECT_EQ(tracker.handler.take_body(), nullptr);
  EXPECT_TRUE(tracker.scrape(" HTTP/1.1\r\n").head.contains("chunked"));  // HEAD was not a use
}

TEST(FullScrape, DoesNotAffectOtherScrapes) {
  ListingTracker tracker(1);
  const Response response = tracker.get("/scrape?info_hash=aaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(BencodeReader::read(response.body)->dictionary.at("files").dictionary.size(), 1U);
  EXPECT_TRUE(tracker.get("/scrape?info_hash=x").body.contains("failure reason"));
}

struct EncodingCase {
  const char* accepted;
  ContentEncoding encoding;
};

const EncodingCase encodings[] = {
    {"", ContentEncoding::identity},
    {"gzip", ContentEncoding::gzip},
    {"GZIP", ContentEncoding::gzip},
    {"deflate, gzip;q=1.0, *;q=0.5", ContentEncoding::gzip},
    {"gzip;q=0.5", ContentEncoding::gzip},
    {"gzip ; q=0", ContentEncoding::identity},
    {"gzip;q=0.000", ContentEncoding::identity},
    {"gzip;q=0.001", ContentEncoding::gzip},
    {"gzip;Q=0, zstd", ContentEncoding::zstd},
    {"zstd;q=0, gzip", ContentEncoding::gzip},
    {"gzip, zstd", ContentEncoding::zstd},
    {"br, deflate", ContentEncoding::identity},
    {"xgzip, gzipx", ContentEncoding::identity},
    {"identity", ContentEncoding::identity},
    {"*", ContentEncoding::identity},
};

TEST(ContentEncodings, AreOnlyThoseAccepted) {
  for (const EncodingCase& row : encodings) {
    EXPECT_EQ(choose_encoding(row.accepted), row.encoding) << row.accepted;
  }
}

// The worst input for a compressor: random bytes.
TEST(Compressors, StayWithinTheirBound) {
  Random random(4);
  for (const ContentEncoding encoding :
       {ContentEncoding::identity, ContentEncoding::gzip, ContentEncoding::zstd}) {
    for (const std::size_t size : {1UZ, 100UZ, 32768UZ}) {
      Compressor compress = make_compressor(encoding);
      std::string all;
      std::string sent;
      for (int i = 0; i < 5; ++i) {
        std::vector<std::byte> piece(size);
        for (std::byte& byte : piece) byte = static_cast<std::byte>(random.next());
        std::vector<std::byte> out(compressed_size_max(size));
        const std::size_t written = compress(piece, i == 4, out);
        all.append(reinterpret_cast<const char*>(piece.data()), size);
        sent.append(reinterpret_cast<const char*>(out.data()), written);
      }
      if (encoding == ContentEncoding::gzip) sent = gunzipped(sent);
      if (encoding == ContentEncoding::zstd) sent = unzstd(sent);
      EXPECT_EQ(sent, all);
    }
  }
}

}  // namespace
}  // namespace gyre::http
