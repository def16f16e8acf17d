// Announces to a map as a worker does: in batches, whose memory is fetched some announces ahead.
// The clock is read around each chunk, so that making announces is not measured.
//
// Threading: one requester for each thread; several may share a map.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "common/base/clock.hpp"
#include "common/process/huge_pages.hpp"
#include "common/swarm/swarm_map.hpp"
#include "swarm_store_load.hpp"

namespace gyre::bench {

enum class Fetch : std::uint8_t {
  nothing,     // one announce after the other
  entries,     // the torrents of a batch first
  peers,       // and the peers of a swarm some announces ahead
  as_tracker,  // the peers if the map says that it is worth it
};

// As in the UDP worker.
inline constexpr std::size_t batch_size = 32;
inline constexpr std::size_t prefetch_distance = 6;

// Announces that are made in one go: what they take, 64 KiB, is near when they are handed over.
inline constexpr std::size_t chunk_size = 1024;

template <class Address>
class Requester {
 public:
  Requester(swarm::SwarmMap<Address>& map, std::uint64_t seed) : map_(map), random_(seed) {}

  Seconds now = 0;
  std::uint64_t told_count() const { return told_count_; }

  // At most batch_size announces.
  void announce_batch(std::span<const Request<Address>> requests, Fetch fetch) {
    if (fetch == Fetch::as_tracker)
      fetch = map_.is_larger_than_cache() ? Fetch::peers : Fetch::entries;
    if (fetch == Fetch::nothing) {
      for (const auto& request : requests) {
        answer(request, {.hash = map_.key(request.info_hash).hash, .seed = random_.next()});
      }
      return;
    }
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const swarm::SwarmKey key = map_.key(requests[i].info_hash);
      map_.prefetch_shard(key);
      prepared_[i] = {.hash = key.hash, .seed = random_.next()};
    }
    for (std::size_t i = 0; i < requests.size(); ++i) {
      map_.prefetch({requests[i].info_hash, prepared_[i].hash});
    }
    const std::size_t distance = fetch == Fetch::peers ? prefetch_distance : requests.size();
    if (fetch == Fetch::peers) {
      for (std::size_t i = 0; i < std::min(distance, requests.size()); ++i) {
        prefetch_peers(requests, i);
      }
    }
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (i + distance < requests.size()) prefetch_peers(requests, i + distance);
      answer(requests[i], prepared_[i]);
    }
  }

  // Makes `count` announces, make(i) being one of them; returns the nanoseconds that answering
  // took.
  template <class Make>
  std::uint64_t announce(std::uint64_t count, Fetch fetch, Make make) {
    std::uint64_t taken_ns = 0;
    for (std::uint64_t done = 0; done < count;) {
      const std::size_t size = std::min<std::uint64_t>(chunk_size, count - done);
      for (std::size_t i = 0; i < size; ++i) chunk_[i] = make(done + i);
      const std::uint64_t begin_ns = monotonic_ns();
      for (std::size_t at = 0; at < size; at += batch_size) {
        announce_batch(std::span(chunk_).subspan(at, std::min(batch_size, size - at)), fetch);
      }
      taken_ns += monotonic_ns() - begin_ns;
      done += size;
    }
    return taken_ns;
  }

 private:
  struct Prepared {
    std::uint64_t hash;
    std::uint64_t seed;
    std::uint64_t peer_hash = 0;
  };

  void prefetch_peers(std::span<const Request<Address>> requests, std::size_t index) {
    Prepared& prepared = prepared_[index];
    prepared.peer_hash = map_.prefetch_peers({requests[index].info_hash, prepared.hash},
                                             requests[index].announce, Random(prepared.seed));
  }

  void answer(const Request<Address>& request, const Prepared& prepared) {
    auto announce = request.announce;
    announce.peer_hash = prepared.peer_hash;
    Random random(prepared.seed);
    told_count_ += map_.announce({request.info_hash, prepared.hash}, announce, now, random, out_)
                       .compact_peer_count;
  }

  swarm::SwarmMap<Address>& map_;
  Random random_;
  std::uint64_t told_count_ = 0;
  std::array<Request<Address>, chunk_size> chunk_;
  std::array<Prepared, batch_size> prepared_;
  std::array<std::byte, 1500> out_;
};

// A map, the peers that belong into it, and who announces them.
template <class Address>
struct Store {
  Load<Address> load;
  swarm::Budget budget{};
  // The limit per address is the tracker's default, since it decides what peers are found by.
  swarm::SwarmMap<Address> map{{0x0706'0504, 0x0302'0100}, {.peers_per_address = 64}, budget};
  Requester<Address> requester{map, 1};

  explicit Store(const LoadSize& size) : load(size) {}

  // As long after the announces as a tracker's next cleaning.
  void fill() {
    requester.announce(load.size().peer_count, Fetch::as_tracker, [this](std::uint64_t i) {
      return load.request_of(static_cast<std::uint32_t>(i), 0);
    });
    process::HugePages().collapse();
  }
};

}  // namespace gyre::bench
