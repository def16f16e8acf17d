// One thread of the load test of an HTTP tracker: has its clients ask, and holds idle connections.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "load-test/http/client.hpp"
#include "load-test/http/config.hpp"
#include "load-test/worker.hpp"

namespace gyre::load_test::http {

class Worker final : public load_test::Worker {
 public:
  // The settings and the peers, which are those of all workers, outlive it.
  static std::expected<std::unique_ptr<Worker>, std::string> create(const Config& config,
                                                                    std::uint32_t index,
                                                                    std::span<const Peer> peers,
                                                                    const Phase& first_phase);

 private:
  Worker(const Config& config, std::uint32_t index, std::span<const Peer> peers,
         const Phase& first_phase, std::unique_ptr<Connector> connector);

  bool advance() override;
  bool keep_connected() override;
  bool ask_all() override;
  bool ask_due(Schedule& schedule) override;
  void expire() override;
  bool is_ready() const override;
  bool is_waiting() const override;
  void end() override;
  std::uint64_t connect_time_max_ns() const override;
  std::string not_connected() const override;

  void open_more();
  void hold_idle();
  void ask_next(std::uint64_t due_ns);

  const Config& config_;
  std::uint32_t idle_count_;  // to hold
  ClientContext context_;
  std::vector<Client> clients_;
  std::vector<std::uint32_t> busy_;  // numbers of clients, in the order in which they began
  std::deque<std::uint32_t> free_;
  std::vector<Connection> idle_;
  std::uint64_t next_open_ns_ = 0;  // of the first connections
  std::uint32_t opened_count_ = 0;  // likewise
};

}  // namespace gyre::load_test::http
