// One thread of the load test of a WebTorrent tracker: watches its connections, and has them ask.
//
// By epoll, without ever waiting in it: any of thousands of connections can speak at any time.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "load-test/worker.hpp"
#include "load-test/ws/client.hpp"
#include "load-test/ws/config.hpp"

namespace gyre::load_test::ws {

class Worker final : public load_test::Worker {
 public:
  // The settings and the participants outlive it.
  static std::expected<std::unique_ptr<Worker>, std::string> create(
      const Config& config, std::uint32_t index, std::span<const Participant> participants,
      const Phase& first_phase);

 private:
  Worker(const Config& config, std::uint32_t index, std::span<const Participant> participants,
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

  bool all_are_ready() const { return ready_count_ == clients_.size(); }
  void after_change(std::uint32_t key);
  bool ask_next(std::uint64_t due_ns);
  Kind draw_kind();

  const Config& config_;
  std::uint32_t active_count_;  // of the clients: the first ones
  ClientContext context_;
  std::vector<Client> clients_;
  std::deque<std::uint32_t> closed_;  // clients to open, by key
  std::deque<std::uint32_t> free_;    // clients that can ask; may have closed since
  struct Listed {
    bool closed = true;  // in `closed_`
    bool free = false;   // in `free_`
    bool ready = false;  // counted in `ready_count_`
    bool opening = false;
  };
  std::vector<Listed> listed_;       // by key
  std::uint32_t ready_count_ = 0;    // open; idle ones have announced as well
  std::uint32_t opening_count_ = 0;  // neither ready nor closed
  std::uint64_t next_open_ns_ = 0;
  std::uint64_t last_received_ns_ = 0;
};

}  // namespace gyre::load_test::ws
