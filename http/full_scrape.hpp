// Full scrapes (a scrape without info_hash), if the operator allows them: the list of all torrents
// with their counts. A thread renews the list periodically; workers send it piece by piece, as fast
// as the client receives it, since it exceeds any buffer.
//
// The cost is bounded: 32 bytes per torrent, for at most three lists: the current one, the previous
// one, which slow clients may still be receiving, and the next one while it is built. A list is
// given out a limited number of times, and the next one comes after an interval.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/base/shared_value.hpp"
#include "common/swarm/access_list.hpp"
#include "common/swarm/swarm_maps.hpp"
#include "http/compressor.hpp"
#include "http/limits.hpp"

namespace gyre::http {

// Sorted by info_hash. A torrent with peers of both families occurs once, with the sums of its
// counts.
using TorrentList = std::vector<swarm::TorrentCounts>;

TorrentList list_torrents(const swarm::SwarmMaps& swarms, const swarm::AccessList& access_list);

// The current list. Threading: everything may be called from any thread.
class FullScrapes {
 public:
  explicit FullScrapes(std::uint32_t uses_per_list) : uses_per_list_(uses_per_list) {}

  void replace(TorrentList list);
  // Whether `list` is older than the previous one: then sending it must stop.
  bool is_outdated(const TorrentList* list) const;

  // Null if there is no list yet, or it has been given out as often as allowed.
  std::shared_ptr<const TorrentList> take();

 private:
  std::uint32_t uses_per_list_;
  std::atomic<std::uint32_t> uses_left_{0};
  SharedValue<TorrentList> list_;
  SharedValue<TorrentList> previous_list_;
};

// The body of one response, piece by piece.
class FullScrapeBody {
 public:
  FullScrapeBody(std::shared_ptr<const TorrentList> torrents, ContentEncoding encoding,
                 bool chunked, std::uint32_t min_interval_s);

  const TorrentList* torrents() const { return torrents_.get(); }

  // Writes the next piece to the front of `out` and returns its size. Takes a few hundred
  // microseconds.
  // REQUIRES: `out` has response_size_max bytes; has_ended() is false.
  std::size_t write_next(std::span<std::byte> out);
  // The last piece has been written.
  bool has_ended() const { return has_ended_; }

 private:
  static constexpr std::size_t text_size_max = 32768;  // of a piece before compression

  std::size_t write_text();

  std::shared_ptr<const TorrentList> torrents_;
  Compressor compress_;
  bool chunked_;
  std::uint32_t min_interval_s_;
  std::size_t next_torrent_ = 0;
  bool has_begun_ = false;
  bool has_ended_ = false;
  std::array<std::byte, text_size_max> text_;
};

}  // namespace gyre::http
