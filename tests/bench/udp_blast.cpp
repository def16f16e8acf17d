// Saturates a UDP tracker from one core and counts what comes back: requests go out in trains by
// UDP_SEGMENT, a bounded number in flight per socket. Prints one line of JSON.
//
//   udp_blast ADDRESS:PORT SECONDS TORRENTS PEERS_WANTED [CONNECT_SHARE ANNOUNCE_SHARE
//   SCRAPE_SHARE]
//
// Peers and torrents are distributed as in aquatic's load test: torrent i of N has a weight of
// N / P + exp(6.5 - 500 i / N), P = 2 N peers, each with a torrent of its own, three quarters of
// the announces by seeders.
#include <fmt/format.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <vector>

#include "common/bytes.hpp"
#include "common/clock.hpp"
#include "common/errno_text.hpp"
#include "common/fd.hpp"
#include "common/random.hpp"
#include "common/socket_address.hpp"
#include "udp/protocol.hpp"

namespace {

using namespace gyre;
using namespace gyre::udp;

constexpr std::size_t socket_count = 8;
constexpr std::uint32_t in_flight_max = 192;  // per socket
constexpr std::uint32_t train_max = 64;       // datagrams of one UDP_SEGMENT call
constexpr std::size_t response_size = 1500;
constexpr std::uint64_t lost_after_ns = 200'000'000;

struct Peer {
  std::uint32_t torrent;
  std::uint16_t port;
};

struct Totals {
  std::uint64_t connects = 0;
  std::uint64_t announces = 0;
  std::uint64_t scrapes = 0;
  std::uint64_t errors = 0;  // error responses, and what is no response
  std::uint64_t peers = 0;
  std::uint64_t lost = 0;
  std::uint64_t responses() const { return connects + announces + scrapes; }
};

std::vector<Peer> make_peers(std::uint32_t torrents, Random& random) {
  const std::size_t peer_count = 2 * std::size_t{torrents};
  std::vector<double> sums(torrents);
  double sum = 0;
  for (std::size_t i = 0; i < torrents; ++i) {
    sum += 0.5 + std::exp(6.5 - 500.0 * static_cast<double>(i) / torrents);
    sums[i] = sum;
  }
  std::vector<Peer> peers(peer_count);
  for (Peer& peer : peers) {
    const double at = sum * static_cast<double>(random.next() >> 11) * 0x1p-53;
    peer.torrent = static_cast<std::uint32_t>(std::ranges::upper_bound(sums, at) - sums.begin());
    peer.port = static_cast<std::uint16_t>(1 + random.below(65535));
  }
  return peers;
}

InfoHash info_hash_of(std::uint32_t torrent) {
  Random random(torrent);
  InfoHash info_hash;
  for (auto& byte : info_hash.bytes) byte = static_cast<std::byte>(random.next());
  return info_hash;
}

class Client {
 public:
  Client(const SocketAddress& server, std::uint8_t last_address_byte) {
    fd_ = Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int buffer = 8'000'000;
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
    sockaddr_in own =
        name({Ipv4Address{{std::byte{127}, {}, {}, std::byte{last_address_byte}}}, 0});
    sockaddr_in remote = name(server);
    if (::bind(fd_.get(), reinterpret_cast<sockaddr*>(&own), sizeof own) != 0 ||
        ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&remote), sizeof remote) != 0) {
      std::cerr << "udp_blast: socket: " << errno_text() << '\n';
      std::exit(1);
    }
  }

  bool has_id() const { return id_ != 0; }
  std::uint32_t room() const { return in_flight_max - in_flight_; }

  // Sends `count` requests of `size` bytes each, which `train` holds one after the other.
  void send(std::span<const std::byte> train, std::size_t size, std::uint32_t count) {
    msghdr message{};
    iovec bytes{.iov_base = const_cast<std::byte*>(train.data()), .iov_len = size * count};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    const auto segment = static_cast<std::uint16_t>(size);
    std::memcpy(CMSG_DATA(header), &segment, sizeof segment);
    if (::sendmsg(fd_.get(), &message, MSG_DONTWAIT) > 0) in_flight_ += count;
  }

  void receive(Totals& totals, std::uint64_t now_ns) {
    static std::array<std::array<std::byte, response_size>, 64> buffers;
    static std::array<iovec, 64> vectors;
    static std::array<mmsghdr, 64> messages = [] {
      std::array<mmsghdr, 64> all{};
      for (std::size_t i = 0; i < all.size(); ++i) {
        vectors[i] = {buffers[i].data(), buffers[i].size()};
        all[i].msg_hdr.msg_iov = &vectors[i];
        all[i].msg_hdr.msg_iovlen = 1;
      }
      return all;
    }();
    const int count =
        ::recvmmsg(fd_.get(), messages.data(), messages.size(), MSG_DONTWAIT, nullptr);
    for (int i = 0; i < count; ++i) {
      const auto index = static_cast<std::size_t>(i);
      count_response(std::span(buffers[index]).first(messages[index].msg_len), totals);
    }
    if (count > 0) {
      in_flight_ -= std::min(in_flight_, static_cast<std::uint32_t>(count));
      heard_at_ns_ = now_ns;
    } else if (in_flight_ > 0 && now_ns - heard_at_ns_ > lost_after_ns) {
      totals.lost += std::exchange(in_flight_, 0);
      heard_at_ns_ = now_ns;
    }
  }

  ConnectionId id() const { return id_; }

 private:
  static sockaddr_in name(const SocketAddress& address) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = big_endian(address.port);
    std::memcpy(&name.sin_addr, std::get<Ipv4Address>(address.address).bytes.data(), 4);
    return name;
  }

  void count_response(std::span<const std::byte> bytes, Totals& totals) {
    const auto response = parse_response(bytes, Family::ipv4);
    if (!response) {
      ++totals.errors;
    } else if (const auto* connect = std::get_if<ConnectResponse>(&*response)) {
      id_ = connect->connection_id;
      ++totals.connects;
    } else if (const auto* announce = std::get_if<AnnounceResponse>(&*response)) {
      ++totals.announces;
      totals.peers += announce->peers.size() / 6;
    } else if (std::holds_alternative<ScrapeResponse>(*response)) {
      ++totals.scrapes;
    } else {
      ++totals.errors;
    }
  }

  Fd fd_;
  ConnectionId id_ = 0;
  std::uint32_t in_flight_ = 0;
  std::uint64_t heard_at_ns_ = monotonic_ns();
};

class Load {
 public:
  Load(std::uint32_t torrents, std::int32_t peers_wanted, std::array<std::uint32_t, 3> shares)
      : random_(1), peers_(make_peers(torrents, random_)), wanted_(peers_wanted), shares_(shares) {
    for (std::uint32_t i = 0; i < torrents; ++i) info_hashes_.push_back(info_hash_of(i));
  }

  void send_train(Client& client) {
    const std::uint32_t count = std::min(client.room(), train_max);
    if (!client.has_id()) return send_connects(client, 1);
    if (count < train_max / 2) return;
    const std::uint32_t draw = random_.below(shares_[0] + shares_[1] + shares_[2]);
    if (draw < shares_[0]) return send_connects(client, count);
    if (draw < shares_[0] + shares_[1]) return send_announces(client, count);
    return send_scrapes(client, count);
  }

 private:
  void send_connects(Client& client, std::uint32_t count) {
    std::size_t size = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      size += write_connect_request(std::span(train_).subspan(size), {transaction_++});
    }
    client.send(train_, size / count, count);
  }
  void send_announces(Client& client, std::uint32_t count) {
    std::size_t size = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      const Peer& peer = peers_[next_peer_++ % peers_.size()];
      const bool seeder = random_.below(4) < 3;
      const AnnounceRequest request{
          .connection_id = client.id(),
          .transaction_id = transaction_++,
          .info_hash = info_hashes_[peer.torrent],
          .bytes_left = seeder ? 0U : 50U,
          .event = seeder ? AnnounceEvent::completed : AnnounceEvent::started,
          .peers_wanted = wanted_,
          .port = peer.port};
      size += write_announce_request(std::span(train_).subspan(size), request);
    }
    client.send(train_, size / count, count);
  }
  void send_scrapes(Client& client, std::uint32_t count) {
    std::size_t size = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto torrent = random_.below(static_cast<std::uint32_t>(info_hashes_.size()));
      size += write_scrape_request(std::span(train_).subspan(size),
                                   {.connection_id = client.id(),
                                    .transaction_id = transaction_++,
                                    .info_hashes = info_hashes_[torrent].bytes});
    }
    client.send(train_, size / count, count);
  }

  Random random_;
  std::vector<Peer> peers_;
  std::vector<InfoHash> info_hashes_;
  std::int32_t wanted_;
  std::array<std::uint32_t, 3> shares_;
  std::size_t next_peer_ = 0;
  TransactionId transaction_ = 0;
  std::array<std::byte, train_max * 128> train_{};
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void run(const SocketAddress& server, std::uint64_t seconds, Load& load) {
  std::vector<Client> clients;
  for (std::size_t i = 0; i < socket_count; ++i) {
    clients.emplace_back(server, static_cast<std::uint8_t>(1 + i / 4));
  }
  const std::uint64_t warm_up_ns = 1'000'000'000;
  std::uint64_t start_ns = monotonic_ns() + warm_up_ns;
  const std::uint64_t end_ns = start_ns + seconds * 1'000'000'000;
  Totals totals;
  bool warm = false;
  std::uint64_t warm_up_responses = 0;
  std::uint64_t idle_turns = 0;
  std::uint64_t turns = 0;
  for (std::uint64_t now_ns = monotonic_ns(); now_ns < end_ns; now_ns = monotonic_ns()) {
    if (!warm && now_ns >= start_ns) {
      warm = true;
      warm_up_responses = totals.responses();
      totals = {};
      idle_turns = turns = 0;
      start_ns = now_ns;
    }
    const std::uint64_t before = totals.responses();
    for (Client& client : clients) {
      load.send_train(client);
      client.receive(totals, now_ns);
    }
    ++turns;
    if (totals.responses() == before) ++idle_turns;
  }
  const double elapsed_s = static_cast<double>(monotonic_ns() - start_ns) * 1e-9;
  const double peers_per_announce = totals.announces > 0 ? static_cast<double>(totals.peers) /
                                                               static_cast<double>(totals.announces)
                                                         : 0.0;
  fmt::print(
      "{{\"responses_per_s\": {:.0f}, \"connects\": {}, \"announces\": {}, \"scrapes\": {}, "
      "\"errors\": {}, \"lost\": {}, \"peers_per_announce\": {:.2f}, \"idle_turns\": {:.3f}, "
      "\"total_responses\": {}, \"cpu_s\": {:.2f}}}\n",
      static_cast<double>(totals.responses()) / elapsed_s, totals.connects, totals.announces,
      totals.scrapes, totals.errors, totals.lost, peers_per_announce,
      static_cast<double>(idle_turns) / static_cast<double>(std::max<std::uint64_t>(turns, 1)),
      warm_up_responses + totals.responses(), cpu_seconds());
}

}  // namespace

int main(int argc, char** argv) {
  const auto server = argc >= 5 ? socket_address_from(argv[1]) : std::nullopt;
  if (!server || server->family() != Family::ipv4 || (argc != 5 && argc != 8)) {
    std::cerr << "usage: udp_blast IPV4:PORT SECONDS TORRENTS PEERS_WANTED [CONNECTS ANNOUNCES "
                 "SCRAPES]\n";
    return 2;
  }
  const auto number = [&](int index) {
    return static_cast<std::uint32_t>(std::strtoul(argv[index], nullptr, 10));
  };
  std::array<std::uint32_t, 3> shares{0, 100, 1};
  if (argc == 8) shares = {number(5), number(6), number(7)};
  Load load(std::max(number(3), 1U), static_cast<std::int32_t>(number(4)), shares);
  run(*server, number(2), load);
}
