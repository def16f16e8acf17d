// One thread of the load test: watches its connections in a loop that never sleeps, and has them
// ask as its current phase says. Between the run, which makes phases follow each other, and the
// clients.
//
// By epoll, without ever waiting in it: thousands of connections can speak at any time, and a
// thread that sleeps would be woken on the tracker's CPU.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "load-test/schedule.hpp"
#include "load-test/worker.hpp"
#include "load-test/ws/client.hpp"
#include "load-test/ws/config.hpp"

namespace gyre::load_test::ws {

using load_test::Phase;

class Worker final : public load_test::Worker {
 public:
  // The settings, the community and the first phase outlive this.
  static std::expected<std::unique_ptr<Worker>, std::string> create(const Config& config,
                                                                    const Community& community,
                                                                    std::uint32_t index,
                                                                    const Phase& first_phase);

  // Waits for the messages that are still to come after the stop. The error: not all connections
  // were there in time.
  std::expected<void, std::string> run(const std::stop_token& stop) override;

 private:
  Worker(const Config& config, const Community& community, std::uint32_t index,
         const Phase& first_phase, std::unique_ptr<load_test::TlsClient> tls);

  std::expected<void, std::string> get_connected(const std::stop_token& stop);
  std::expected<void, std::string> not_connected() const;
  bool all_are_ready() const { return ready_count_ == clients_.size(); }
  void drain();

  void begin_turn();
  void end_turn(bool busy);
  bool advance();
  void after_change(std::uint32_t key);
  void open_due();
  void expire();
  bool ask();
  bool ask_as_answered();
  bool ask_when_due();
  bool ask_next(std::uint64_t due_ns);
  Request draw_request();

  const Config& config_;
  std::uint32_t index_;
  std::uint32_t active_count_;  // of the clients: the first ones
  std::unique_ptr<load_test::TlsClient> tls_;
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

  // Of the current turn.
  Phase turn_phase_;
  std::uint64_t turn_began_ns_ = 0;
  std::uint64_t expired_at_ns_ = 0;
  std::optional<load_test::Schedule> schedule_;
};

}  // namespace gyre::load_test::ws
