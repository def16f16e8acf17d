// Batches of datagrams, in the steps of a worker, with so many torrents that peers are prefetched.
#include <vector>

#include "handler_fixture.hpp"

namespace gyre::udp {
namespace {

using test::Bytes;
using test::host;
using test::leecher_of;
using test::torrent;

template <class Address>
class HandlerBatch : public testing::Test {
 protected:
  struct Datagram {
    Bytes bytes;
    PeerAddress<Address> source;
    Handler::Prepared prepared = {};
  };

  void fill_beyond_the_cache() {
    auto& swarms = tracker_.swarms.template of<Address>();
    Random random(1);
    for (std::uint32_t number = 1; !swarms.is_larger_than_cache(); ++number) {
      ASSERT_LT(number, 1'000'000U);
      InfoHash info_hash;
      store_be(info_hash.bytes.data(), number);
      swarms.announce(swarms.key(info_hash), {.peer = {host<Address>(1), 1}}, 0, random, {});
    }
  }

  // The announced ports differ from that of the socket.
  Datagram announce_of(std::uint32_t number, std::uint16_t port, AnnounceEvent event) {
    auto request = leecher_of(torrent(1));
    request.event = event;
    request.port = port;
    request.connection_id = tracker_.connect(host<Address>(number));
    Bytes bytes(announce_request_size);
    write_announce_request(bytes, request);
    return {bytes, {host<Address>(number), tracker_.source_port}};
  }

  // Returns how many needed the hash of the peer.
  std::uint32_t handle(std::vector<Datagram> batch) {
    for (auto& each : batch) {
      each.prepared = tracker_.handler.prepare(each.bytes, each.source.address);
    }
    for (const auto& each : batch) {
      tracker_.handler.template prefetch_swarm<Address>(each.bytes, each.prepared);
    }
    for (auto& each : batch) {
      if (!each.prepared.should_prefetch_peers) continue;
      tracker_.handler.prefetch_peers(each.bytes, each.prepared, each.source);
    }
    std::uint32_t hashed = 0;
    for (auto& each : batch) {
      EXPECT_GT(tracker_.handler.handle(each.bytes, each.prepared, each.source, tracker_.out), 0U);
      hashed += each.prepared.peer_hash != 0 ? 1 : 0;
    }
    return hashed;
  }

  std::uint32_t leecher_count() {
    return tracker_.scrape({torrent(1)}, host<Address>(1)).at(0).leecher_count;
  }

  test::TrackerOf<Address> tracker_;
};
using Families = testing::Types<Ipv4Address, Ipv6Address>;
TYPED_TEST_SUITE(HandlerBatch, Families);

TYPED_TEST(HandlerBatch, StoresNoPeerTwice) {
  constexpr std::uint32_t peer_count = 48;
  this->fill_beyond_the_cache();
  const auto batch = [this](AnnounceEvent event) {
    std::vector<typename TestFixture::Datagram> datagrams;
    for (std::uint32_t number = 0; number < peer_count; ++number) {
      // Two ports for each address.
      datagrams.push_back(
          this->announce_of(number / 2, static_cast<std::uint16_t>(1000 + number), event));
    }
    return datagrams;
  };
  EXPECT_EQ(this->handle(batch(AnnounceEvent::started)), 0U) << "the torrents were unknown";
  EXPECT_EQ(this->leecher_count(), peer_count);
  EXPECT_EQ(this->handle(batch(AnnounceEvent::none)), peer_count);
  EXPECT_EQ(this->leecher_count(), peer_count);

  auto leaving = batch(AnnounceEvent::stopped);
  leaving.resize(10);
  leaving.push_back(this->announce_of(99, 0, AnnounceEvent::none));  // not to be stored
  EXPECT_EQ(this->handle(leaving), leaving.size());
  EXPECT_EQ(this->leecher_count(), peer_count - 10);
}

}  // namespace
}  // namespace gyre::udp
