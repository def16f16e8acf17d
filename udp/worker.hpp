// The event loop of one worker thread: datagrams from its sockets to the handler, responses back.
// It deals with buffers, slots and readiness; the handler with announces.
//
// Rules of the loop:
//   1. All completions are reaped, and all datagrams parsed, before the first is answered, so that
//      their swarms can be prefetched; none of it blocks.
//   2. A receive that ended (no more()) is armed again in the same turn, whatever ended it.
//   3. Buffers go back to the kernel once per turn, all together.
//   4. Clocks are read once per turn; what is called from the loop gets the time as a value.
//   5. After a stop, what the kernel has received is answered before the loop ends.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/net/udp_socket.hpp"
#include "common/ring/buffer_ring.hpp"
#include "common/ring/datagram.hpp"
#include "common/ring/reply_slots.hpp"
#include "common/ring/ring.hpp"
#include "common/swarm/access_list.hpp"
#include "udp/counters.hpp"
#include "udp/handler.hpp"
#include "udp/overload.hpp"

namespace gyre::udp {

struct WorkerOptions {
  std::span<const net::UdpSocket> sockets;  // the tracker owns them
  std::uint32_t ring_size = 1024;           // reply slots; a power of two
  std::size_t payload_size_max = 1452;      // of a response, in bytes
  int stop_fd = -1;  // becomes readable when the worker must stop; sockets receive no more then
  const limits::SharedDenyLists* deny_lists = nullptr;      // null: nobody is denied
  const std::atomic<Seconds>* announce_interval = nullptr;  // null: as configured
  OverloadMeter::DropCount kernel_drop_count = net::kernel_drop_count;
};

class Worker {
 public:
  // Everything passed by reference outlives the worker. To be called in the thread that runs it.
  static std::expected<std::unique_ptr<Worker>, std::string> create(
      const WorkerOptions& options, Handler handler, const ProcessClock& clock,
      const swarm::SharedAccessList& access_list, WorkerMetrics& metrics);

  // Runs until stopped; the error says why it cannot go on.
  std::expected<void, std::string> run();

  // One turn: waits at most `wait_max` for completions, and handles them all.
  std::expected<void, std::string> turn(std::chrono::nanoseconds wait_max);

  // A stop was requested, and everything received before has been answered and sent.
  bool finished() const { return stopping_ && !received_in_turn_ && slots_.all_sent(); }

 private:
  // Of each socket.
  struct Receive {
    msghdr shape{};
    bool armed = false;
  };

  // A datagram of this turn, with its buffer.
  struct Pending {
    Pending(Worker& worker, std::uint16_t buffer_id, std::size_t filled, std::uint32_t file);

    ring::BufferLease lease;
    ring::ReceivedDatagram datagram;
    net::SocketAddress source;
    Handler::Prepared prepared;
    std::uint32_t file_index;
  };

  Worker(const WorkerOptions& options, ring::Ring ring, Handler handler, const ProcessClock& clock,
         const swarm::SharedAccessList& access_list, WorkerMetrics& metrics);
  std::expected<void, std::string> set_up();

  std::expected<void, std::string> close();
  void begin_turn(std::uint64_t now_ns);
  void arm_receives();
  std::expected<void, std::string> take_receive(const ring::Completion& completion);
  void prefetch_datagram(std::span<const ring::Completion> completions, std::size_t index) const;
  void prefetch_swarm(const Pending& pending) const;
  void prefetch_peers(Pending& pending) const;
  void answer(const Pending& pending);
  void handle_send(const ring::Completion& completion);

  WorkerOptions options_;
  std::unique_ptr<ring::BufferRing> buffers_;
  ring::ReplySlots slots_;
  ring::Ring ring_;  // after what its operations point to, so that it is destroyed first
  Handler handler_;
  ProcessClock clock_;
  const swarm::SharedAccessList& access_list_;
  WorkerMetrics& metrics_;
  OverloadMeter overload_;

  std::vector<Receive> receives_;
  std::vector<Pending> pending_;  // of this turn, at most one for each receive buffer
  std::uint64_t access_list_version_ = 0;
  std::uint64_t deny_lists_version_ = 0;
  std::uint32_t arm_first_ = 0;
  std::uint32_t responses_in_turn_ = 0;
  bool received_in_turn_ = false;  // or a receive ended: there may be more
  bool stopping_ = false;
  bool closing_ = false;  // receives that end are not armed again
};

}  // namespace gyre::udp
