// A tracker without sockets: datagrams in, parsed responses out.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "common/base/bytes.hpp"
#include "tests/support/bytes.hpp"
#include "udp/handler.hpp"

namespace gyre::udp::test {

using gyre::test::Bytes;

inline constexpr std::uint64_t unix_start = 1'700'000'000;

inline InfoHash torrent(std::uint8_t number) {
  InfoHash info_hash;
  info_hash.bytes.fill(std::byte{number});
  return info_hash;
}

template <class Address>
Address host(std::uint32_t number) {
  Address address;
  address.bytes[0] = std::byte{0x20};
  store_be(address.bytes.data() + sizeof(Address) - 4, 0x20000000 + number);
  return address;
}

template <class Address>
std::size_t respond(Handler& handler, std::span<const std::byte> datagram,
                    const PeerAddress<Address>& source, std::span<std::byte> out) {
  return handler.handle(datagram, handler.prepare(datagram, source.address), source, out);
}

template <class Address>
struct TrackerOf {
  static constexpr Family family = family_of<Address>;

  swarm::SwarmMaps swarms;
  WorkerMetrics metrics;
  Handler handler;
  std::array<std::byte, response_size_max> out{};
  std::uint16_t source_port = 40000;

  explicit TrackerOf(const ProtocolConfig& options = {}, ClientRates rates = ClientRates(),
                     const swarm::SwarmMapsOptions& swarm_options = {})
      : swarms(SipKey{1}, swarm_options),
        handler(options, swarms, ConnectionIds({}, 120), Random(1), metrics, std::move(rates)) {
    at(100);
  }

  void at(Seconds now) {
    handler.set_time(now, unix_start + now, std::uint64_t{now} * 1'000'000'000);
  }

  Bytes handle(std::span<const std::byte> datagram, const Address& from) {
    const gyre::test::ExactCopy copy(datagram);
    const std::size_t size =
        respond(handler, copy.span(), PeerAddress<Address>{from, source_port}, out);
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
  }

  ConnectionId connect(const Address& from) {
    Bytes request(connect_request_size);
    write_connect_request(request, {77});
    const Bytes response = handle(request, from);
    const auto parsed = parse_response(response, family);
    EXPECT_TRUE(parsed);
    return parsed ? std::get<ConnectResponse>(*parsed).connection_id : 0;
  }

  Bytes send(const AnnounceRequest& request, const Address& from) {
    Bytes bytes(announce_request_size + request.options.size());
    write_announce_request(bytes, request);
    return handle(bytes, from);
  }

  // The response to an announce with a valid id; `peers` are in compact form.
  struct Announced {
    AnnounceResponse head;  // without peers
    std::vector<PeerAddress<Address>> peers;
  };
  Announced announce(AnnounceRequest request, const Address& from) {
    request.connection_id = connect(from);
    request.transaction_id = ++transaction_id;
    const Bytes response = send(request, from);
    const auto parsed = parse_response(response, family);
    if (!parsed || !std::holds_alternative<AnnounceResponse>(*parsed)) {
      ADD_FAILURE() << "no announce response";
      return {};
    }
    Announced announced{std::get<AnnounceResponse>(*parsed), {}};
    EXPECT_EQ(announced.head.transaction_id, transaction_id);
    auto peers = std::exchange(announced.head.peers, {});
    for (; !peers.empty(); peers = peers.subspan(compact_peer_size(family))) {
      PeerAddress<Address> peer;
      std::ranges::copy(peers.first(sizeof(Address)), peer.address.bytes.begin());
      peer.port = load_be<std::uint16_t>(peers.data() + sizeof(Address));
      announced.peers.push_back(peer);
    }
    return announced;
  }

  std::vector<SwarmCounts> scrape(const std::vector<InfoHash>& info_hashes, const Address& from) {
    Bytes hashes;
    for (const InfoHash& hash : info_hashes) {
      hashes.insert(hashes.end(), hash.bytes.begin(), hash.bytes.end());
    }
    Bytes request(scrape_request_head_size + hashes.size());
    write_scrape_request(request, {connect(from), ++transaction_id, hashes});
    const Bytes response = handle(request, from);
    const auto parsed = parse_response(response, family);
    if (!parsed || !std::holds_alternative<ScrapeResponse>(*parsed)) {
      ADD_FAILURE() << "no scrape response";
      return {};
    }
    EXPECT_EQ(std::get<ScrapeResponse>(*parsed).transaction_id, transaction_id);
    ByteReader reader(std::get<ScrapeResponse>(*parsed).rows);
    std::vector<SwarmCounts> rows;
    while (reader.remaining() > 0) {
      SwarmCounts& row = rows.emplace_back();
      row.seeder_count = reader.read<std::uint32_t>();
      row.completed_count = reader.read<std::uint32_t>();
      row.leecher_count = reader.read<std::uint32_t>();
    }
    return rows;
  }

  void use(AccessMode mode, const std::vector<InfoHash>& info_hashes) {
    std::string text;
    for (const InfoHash& info_hash : info_hashes) text += to_hex(info_hash) + "\n";
    auto list = swarm::AccessList::parse(mode, text, swarms.hash_secret());
    ASSERT_TRUE(list) << list.error();
    handler.set_access_list(std::make_shared<const swarm::AccessList>(std::move(*list)));
  }

  std::uint64_t count(Counter counter) const {
    return metrics.counters.value(2 * static_cast<std::size_t>(counter) +
                                  static_cast<std::size_t>(family));
  }

 private:
  TransactionId transaction_id = 1000;
};

using Tracker = TrackerOf<Ipv4Address>;

// A leecher and a seeder of a torrent, at port 6881.
inline AnnounceRequest leecher_of(const InfoHash& info_hash) {
  return {.info_hash = info_hash,
          .bytes_left = 5,
          .event = AnnounceEvent::started,
          .peers_wanted = -1,
          .port = 6881};
}

inline AnnounceRequest seeder_of(const InfoHash& info_hash) {
  return {.info_hash = info_hash, .bytes_left = 0, .peers_wanted = -1, .port = 6881};
}

}  // namespace gyre::udp::test
