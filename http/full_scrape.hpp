// The list of all torrents with their counts (a scrape without info_hash), for those whom the
// operator lets have it. Between the swarms and responses that are larger than any buffer: a thread
// makes the list now and then, workers send it piece by piece, as fast as its reader takes it.
//
// What it costs is bounded: 32 bytes for each torrent, three times: for the present list, for the
// one before, which slow readers may go on with, and for the next while it is made. A list is
// handed out so many times only, and the next one comes after a while.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/base/shared_value.hpp"
#include "common/swarm/access_list.hpp"
#include "common/swarm/swarm_map.hpp"
#include "http/compressor.hpp"
#include "http/limits.hpp"

namespace gyre::http {

// Sorted by info_hash. A torrent that has peers of both families comes once, with their sums.
using TorrentList = std::vector<swarm::TorrentCounts>;

TorrentList list_torrents(const swarm::SwarmMaps& swarms, const swarm::AccessList& access_list);

// The present list. Threading: everything may be called from any thread.
class FullScrapes {
 public:
  explicit FullScrapes(std::uint32_t uses_of_a_list) : uses_of_a_list_(uses_of_a_list) {}

  void replace(TorrentList list);
  // Whether it is older than the list before the present one: then no more of it is to be sent.
  bool is_outdated(const TorrentList* list) const;

  // Null if there is none yet, or it was taken as often as it may be.
  std::shared_ptr<const TorrentList> take();

 private:
  std::uint32_t uses_of_a_list_;
  std::atomic<std::uint32_t> uses_left_{0};
  SharedValue<TorrentList> list_;
  SharedValue<TorrentList> former_list_;
};

// The body of one response, piece by piece.
class FullScrapeBody {
 public:
  FullScrapeBody(std::shared_ptr<const TorrentList> torrents, ContentEncoding encoding,
                 bool chunked, std::uint32_t min_interval_s);

  struct Piece {
    std::size_t size = 0;
    bool is_last = false;
  };
  const TorrentList* torrents() const { return torrents_.get(); }

  // Writes the next piece to the front of `out` (response_size_max bytes). Not to be called after
  // the last one. A piece takes some hundred microseconds.
  Piece next(std::span<std::byte> out);

 private:
  static constexpr std::size_t text_size_max = 32768;  // of a piece, before it is compressed

  std::size_t write_text();

  std::shared_ptr<const TorrentList> torrents_;
  std::unique_ptr<Compressor> compressor_;
  bool chunked_;
  std::uint32_t min_interval_s_;
  std::size_t next_torrent_ = 0;
  bool has_begun_ = false;
  bool has_ended_ = false;
  std::array<std::byte, text_size_max> text_;
};

}  // namespace gyre::http
