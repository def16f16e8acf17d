// One thread of the load test: asks by its clients in a loop that never sleeps, as its current
// phase says, and holds idle connections. Between the run, which makes phases follow each other,
// and the clients.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "load-test/http/client.hpp"
#include "load-test/http/config.hpp"
#include "load-test/schedule.hpp"
#include "load-test/worker.hpp"

namespace gyre::load_test::http {

using load_test::Phase;

class Worker final : public load_test::Worker {
 public:
  // The peers are this worker's share and outlive it, as does the first phase.
  static std::expected<std::unique_ptr<Worker>, std::string> create(
      const Config& config, std::uint32_t index, std::span<const load_test::Peer> peers,
      const Phase& first_phase);

  // Waits for the responses that are still to come after the stop. The error: not all connections
  // were there in time.
  std::expected<void, std::string> run(const std::stop_token& stop) override;

 private:
  Worker(const Config& config, std::uint32_t index, std::span<const load_test::Peer> peers,
         const Phase& first_phase, std::unique_ptr<TlsClient> tls);

  std::expected<void, std::string> get_connected(const std::stop_token& stop);
  std::expected<void, std::string> not_connected() const;
  void open_more();
  void hold_idle();
  void drain();

  void begin_turn();
  void end_turn(bool busy);
  bool advance();
  void expire();
  bool send();
  bool send_all();
  bool send_due();
  void ask_next(std::uint64_t due_ns);

  Config config_;
  std::uint32_t index_;
  std::uint32_t idle_count_;  // to hold
  std::unique_ptr<TlsClient> tls_;
  RequestSource source_;
  ClientContext context_;
  std::vector<Client> clients_;
  std::vector<std::uint32_t> busy_;  // numbers of clients, in the order in which they began
  std::deque<std::uint32_t> free_;
  std::vector<Connection> idle_;
  std::uint64_t began_ns_ = 0;
  std::uint32_t opened_count_ = 0;  // of the first connections

  // Of the current turn.
  Phase turn_phase_;
  std::uint64_t turn_began_ns_ = 0;
  std::uint64_t fruitless_ns_ = 0;
  std::uint64_t expired_at_ns_ = 0;
  std::optional<load_test::Schedule> schedule_;
};

}  // namespace gyre::load_test::http
