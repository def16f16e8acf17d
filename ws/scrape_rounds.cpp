#include "ws/scrape_rounds.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace gyre::ws {

ScrapeRounds::ScrapeRounds(const WorkerOptions& options, Router& router, Handler& handler,
                           WorkerMetrics& metrics)
    : options_(options),
      router_(router),
      handler_(handler),
      metrics_(metrics),
      counts_(options.config.protocol.max_scrape_torrents),
      reply_(scrape_reply_frame_size_max +
             options.config.protocol.max_scrape_torrents * scrape_row_size_max) {}

void ScrapeRounds::begin(Connection& connection, const Scrape& scrape) {
  const ConnectionRef ref = router_.ref_of(connection);
  const bool is_local = std::ranges::all_of(
      scrape.info_hashes, [this](const InfoHash& info_hash) { return router_.owns(info_hash); });
  if (is_local) {
    counts_.clear();
    for (const InfoHash& info_hash : scrape.info_hashes) {
      counts_.push_back(handler_.scrape(info_hash));
    }
    return send(ref, scrape.info_hashes, counts_);
  }
  connection.session.is_pinned = true;
  auto round = std::make_unique<ScrapeRound>();
  round->family = family_in(connection.session.address);
  round->is_list = scrape.is_list;
  round->info_hashes.assign(scrape.info_hashes.begin(), scrape.info_hashes.end());
  round->counts.resize(scrape.info_hashes.size());
  pass_on(ref, std::move(round));
}

void ScrapeRounds::pass_on(const ConnectionRef& from, std::unique_ptr<ScrapeRound> round) {
  const std::uint32_t count = router_.worker_count();
  const auto turn_of = [&](std::uint32_t worker) { return (worker + count - from.worker) % count; };
  const std::uint32_t own_turn = turn_of(options_.index);
  std::uint32_t next_turn = count;
  for (std::size_t i = 0; i < round->counts.size(); ++i) {
    const std::uint32_t turn = turn_of(router_.owner_of(round->info_hashes[i]));
    if (turn == own_turn) round->counts[i] = handler_.scrape(round->info_hashes[i]);
    if (turn > own_turn) next_turn = std::min(next_turn, turn);
  }
  if (next_turn < count) {
    const Family family = round->family;
    Failure failure{.reason = "the tracker is too busy", .action = scrape_action};
    if (!round->is_list) failure.info_hash = round->info_hashes.front();
    if (router_.forward((from.worker + next_turn) % count, from, std::move(round))) return;
    metrics_.count(Counter::failure_busy, family);
    return handler_.refuse(from, failure);
  }
  send(from, round->info_hashes, round->counts);
}

void ScrapeRounds::send(const ConnectionRef& to, std::span<const InfoHash> info_hashes,
                        std::span<const swarm::SwarmCounts> counts) {
  const std::size_t size = write_scrape_reply(
      info_hashes, counts, options_.config.protocol.peer_announce_interval, reply_);
  const std::array parts{std::string_view(reinterpret_cast<const char*>(reply_.data()), size)};
  router_.send(to, WorkerCounter::sent_scrape, parts);
}

}  // namespace gyre::ws
