#include "http/full_scrape.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/check.hpp"
#include "http/bodies.hpp"

namespace gyre::http {
namespace {

constexpr std::size_t frame_size_max = 64;  // of the dictionaries around the torrents

// "0000abcd\r\n" before a chunk, "\r\n" after it, and "0\r\n\r\n" after the last.
constexpr std::size_t chunk_head_size = 10;
constexpr std::size_t chunk_end_size_max = 7;

template <class Address>
void list_map(const swarm::SwarmMap<Address>& swarms, TorrentList& torrents) {
  for (std::size_t shard = 0; shard < swarms.shard_count(); ++shard) {
    swarms.list_shard(shard, torrents);
  }
}

// Merges torrents that occur twice in a sorted list, adding up their counts.
void merge_neighbours(TorrentList& torrents) {
  std::size_t count = 0;
  for (const swarm::TorrentCounts& torrent : torrents) {
    if (count > 0 && torrents[count - 1].info_hash == torrent.info_hash) {
      SwarmCounts& counts = torrents[count - 1].counts;
      counts.seeder_count += torrent.counts.seeder_count;
      counts.leecher_count += torrent.counts.leecher_count;
      counts.completed_count += torrent.counts.completed_count;
    } else {
      torrents[count++] = torrent;
    }
  }
  torrents.resize(count);
}

void write_chunk_head(std::span<std::byte> out, std::size_t size) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<std::byte>(digits[(size >> (28 - 4 * i)) & 15]);
  }
  out[8] = std::byte{'\r'};
  out[9] = std::byte{'\n'};
}

}  // namespace

TorrentList list_torrents(const swarm::SwarmMaps& swarms, const swarm::AccessList& access_list) {
  TorrentList torrents;
  torrents.reserve(swarms.totals(Family::ipv4).torrent_count +
                   swarms.totals(Family::ipv6).torrent_count);
  swarms.visit_maps([&torrents](const auto& map) { list_map(map, torrents); });
  std::erase_if(torrents,
                [&](const auto& torrent) { return !access_list.allows(torrent.info_hash); });
  std::ranges::sort(torrents, {}, &swarm::TorrentCounts::info_hash);
  merge_neighbours(torrents);
  return torrents;
}

void FullScrapes::replace(TorrentList list) {
  previous_list_.replace(list_.get());
  list_.replace(std::make_shared<const TorrentList>(std::move(list)));
  uses_left_.store(uses_per_list_, std::memory_order_release);
}

bool FullScrapes::is_outdated(const TorrentList* list) const {
  return list != list_.get().get() && list != previous_list_.get().get();
}

std::shared_ptr<const TorrentList> FullScrapes::take() {
  std::uint32_t left = uses_left_.load(std::memory_order_acquire);
  while (left > 0) {
    if (uses_left_.compare_exchange_weak(left, left - 1)) return list_.get();
  }
  return nullptr;
}

FullScrapeBody::FullScrapeBody(std::shared_ptr<const TorrentList> torrents,
                               ContentEncoding encoding, bool chunked, std::uint32_t min_interval_s)
    : torrents_(std::move(torrents)),
      compress_(make_compressor(encoding)),
      chunked_(chunked),
      min_interval_s_(min_interval_s) {
  static_assert(scrape_row_size_max + frame_size_max <= text_size_max);
  static_assert(chunk_head_size + compressed_size_max(text_size_max) + chunk_end_size_max <=
                response_size_max);
}

// Fills `text_` with whole rows, and returns their size.
std::size_t FullScrapeBody::write_text() {
  DCHECK(!has_ended_ && next_torrent_ <= torrents_->size());
  BencodeWriter out(text_);
  if (!std::exchange(has_begun_, true)) begin_scrape_body(out);
  const auto rest = std::span(*torrents_).subspan(next_torrent_);
  const std::size_t count =
      std::min(rest.size(), (text_.size() - 2 * frame_size_max) / scrape_row_size_max);
  for (const auto& [info_hash, counts] : rest.first(count))
    write_scrape_row(out, info_hash, counts);
  next_torrent_ += count;
  has_ended_ = next_torrent_ == torrents_->size();
  if (has_ended_) end_scrape_body(out, min_interval_s_);
  return out.size();
}

std::size_t FullScrapeBody::write_next(std::span<std::byte> out) {
  DCHECK(!has_ended_ && out.size() >= response_size_max);
  const auto text = std::span(text_).first(write_text());
  if (!chunked_) return compress_(text, has_ended_, out);
  const std::size_t size = compress_(text, has_ended_, out.subspan(chunk_head_size));
  write_chunk_head(out, size);
  const std::string_view end = has_ended_ ? "\r\n0\r\n\r\n" : "\r\n";
  std::ranges::copy(std::as_bytes(std::span(end)),
                    out.begin() + chunk_head_size + static_cast<std::ptrdiff_t>(size));
  return chunk_head_size + size + end.size();
}

}  // namespace gyre::http
