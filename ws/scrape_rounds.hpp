// Scrapes for torrents of several workers: a round goes from worker to worker, who each fill in
// what they own, and the last one replies.
#pragma once

#include <memory>
#include <vector>

#include "ws/counters.hpp"
#include "ws/handler.hpp"
#include "ws/protocol.hpp"
#include "ws/router.hpp"
#include "ws/session.hpp"
#include "ws/worker_options.hpp"
#include "ws/worker_queues.hpp"

namespace gyre::ws {

class ScrapeRounds {
 public:
  // What is passed by reference outlives it.
  ScrapeRounds(const WorkerOptions& options, Router& router, Handler& handler,
               WorkerMetrics& metrics);

  void begin(Connection& connection, const Scrape& scrape);
  // Fills in what this worker owns. Who owns any of the rest comes next, in the order of numbers
  // from the connection's worker on.
  void pass_on(const ConnectionRef& from, std::unique_ptr<ScrapeRound> round);

 private:
  void send(const ConnectionRef& to, std::span<const InfoHash> info_hashes,
            std::span<const swarm::SwarmCounts> counts);

  const WorkerOptions& options_;
  Router& router_;
  Handler& handler_;
  WorkerMetrics& metrics_;
  std::vector<swarm::SwarmCounts> counts_;  // of a scrape that needs no other worker
  std::vector<std::byte> reply_;            // that is being written
};

}  // namespace gyre::ws
