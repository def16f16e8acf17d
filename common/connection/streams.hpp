// The connections of one worker: accepting, receiving into shared buffers, sending from slots,
// deadlines, limits, and ends that lose nothing. Between the ring and what understands the bytes (a
// StreamUser), whatever the protocol; it looks into none of them.
//
// Rules:
//   1. A connection that waits holds no buffer and no slot.
//   2. What ends (a multishot, an accept) is armed again in the same turn, whatever ended it.
//   3. One send at a time: what is written in a turn leaves in one piece at its end.
//   4. A descriptor is closed when none of its operations is under way, and only then is its Stream
//      used for another connection; tokens carry a generation besides.
//   5. A connection that moves to another worker leaves when no operation of it is under way, and
//      no byte of it is lost, doubled or out of order.
//   6. Accepting never starves and never spins: at a limit, and out of descriptors, one connection
//      is evicted, and accepting goes on as soon as it is closed. First those that are over anyway;
//      then those that have not earned their place (prove()), of the client that has most of them;
//      then those that wait for nothing in particular; then one of a client that has a quarter of
//      all, if the newcomer is another's.
//   7. close() and finish() only mark: nothing more is received, sent or waited for, but all that
//      belongs to the connection stays until on_close(), at the end of the turn. So code may go on
//      using a connection that something it called has closed.
//
// Threading: everything is called from the thread that runs the worker.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/fd.hpp"
#include "common/base/slot_table.hpp"
#include "common/connection/deadline_list.hpp"
#include "common/connection/send_slots.hpp"
#include "common/connection/stream_counters.hpp"
#include "common/limits/address_counts.hpp"
#include "common/limits/eviction_queue.hpp"
#include "common/net/network_list.hpp"
#include "common/ring/buffer_ring.hpp"
#include "common/ring/ring.hpp"

namespace gyre::connection {

// What a connection is waiting for; each has its own length of time.
enum class Deadline : std::uint8_t {
  greeting,       // PROXY header, TLS handshake
  first_request,  // its first byte
  request,        // the rest of a request
  message,        // the rest of a message, of those who do not give way to newcomers
  idle,           // the next request
  no_peers,   // nothing: it has no peers, and is evicted before those that have; not ended by time
  write,      // that the client takes what is sent
  send_slot,  // memory to send from
  farewell,   // that the client closes, after the last answer
};
inline constexpr std::size_t deadline_count = 9;

// A listening socket, owned by others.
struct StreamListener {
  int fd = -1;
  bool secure = false;    // TLS
  bool is_unix = false;   // its clients have no address
  std::string name = {};  // "http://0.0.0.0:3000", for messages
};

// How many connections are open, closing ones left out.
using ConnectionCount = std::atomic<std::uint32_t>;

struct StreamsOptions {
  std::vector<StreamListener> listeners = {};
  std::uint32_t connections_max = 16384;        // of this worker, or of all that share a count
  ConnectionCount* connection_count = nullptr;  // shared where connections move; null: its own
  limits::AddressCounts* addresses = nullptr;   // null: an address may have any number
  bool talks_to_others = false;                 // wake() and woken() are needed: checked at start
  bool peers_are_proxies = false;               // admit() tells whose a connection is
  // The same of those that come from there or by a unix socket. Null: of nobody.
  const net::NetworkList* proxies = nullptr;
  std::uint64_t client_secret = 0;  // of client_bucket(); random
  // Is told whenever a limit of all clients is reached, with over_limit or over_handshake_limit.
  void (*limit_reached)(CloseReason) = [](CloseReason) {};
  std::uint32_t receive_buffer_count = 256;  // a power of two
  std::size_t receive_buffer_size = 4096;
  std::uint32_t send_slot_count = 512;
  std::size_t send_slot_size = 65536;
  std::array<std::uint64_t, deadline_count> deadlines_ns = {};  // by Deadline; none is 0
  int stop_fd = -1;                                // becomes readable when the worker shall stop
  std::uint64_t stop_time_max_ns = 5'000'000'000;  // then what is still open is cut off
  std::uint64_t (*clock)() = monotonic_ns;
};

// A connection on its way from the Streams of one worker to those of another, in one program. It is
// neither closed nor accepted anew.
struct MovedStream {
  Fd fd = {};
  std::uint32_t listener_index = 0;
  std::optional<ClientAddress> client = {};
  std::optional<ClientAddress> counted_as = {};  // in AddressCounts, which the workers share
  bool ended = false;                            // the client sends no more
};

// One connection. Users read it, and keep what they know of it under its index.
struct Stream : DeadlineLink, limits::EvictionQueue::Member {
  std::uint32_t index = 0;
  std::uint32_t listener_index = 0;
  std::optional<ClientAddress> client;  // nothing on a unix socket, unless a preamble names it
  std::uint16_t client_bucket = 0;      // limits::client_bucket() of whose it is: see admit()
  bool open = false;                    // false once it was told to finish or close
  bool ended = false;                   // the client sends no more

  bool is_proven() const { return is_proven_; }  // see Streams::prove()

 private:
  friend class Streams;
  enum class State : std::uint8_t { free, open, finishing, farewell, closing };

  bool may_send() const { return state_ == State::open || state_ == State::finishing; }
  bool wants_to_receive() const {
    const bool may = state_ != State::free && state_ != State::closing;
    return may && !receiving_ && !paused_ && !detaching_ && !ended;
  }
  bool is_quiet() const { return !receiving_ && !sending_ && output_size_ == 0; }
  void begin() {
    state_ = State::open;
    open = true;
    ended = sending_ = receiving_ = paused_ = detaching_ = reset_ = is_proven_ = false;
    has_user_ = true;
  }

  Fd fd_;
  std::uint32_t generation_ = 0;
  SendSlots::Index slot_ = 0;
  std::uint32_t output_size_ = 0;
  State state_ = State::free;
  Deadline deadline_ = Deadline::idle;
  CloseReason reason_ = CloseReason::by_client;
  bool has_slot_ = false;
  bool sending_ = false;
  bool receiving_ = false;
  bool paused_ = false;
  bool detaching_ = false;                   // it leaves when nothing is under way
  bool to_arm_ = false;                      // in the list of those to be armed
  bool to_send_ = false;                     // in the list of those to be sent
  bool is_proven_ = false;                   // see prove()
  bool reset_ = false;                       // closing drops what the client has not taken
  bool has_user_ = false;                    // on_close() or detached() is still to come
  std::optional<ClientAddress> counted_as_;  // in AddressCounts
};

// For whom a worker could evict a connection: everybody, all clients but one that has many, nobody.
struct Evictable {
  bool for_anybody = false;
  std::optional<std::uint16_t> for_all_but = {};  // a client_bucket()
};

// Who is not closed to make room.
struct Spared {
  const Stream* stream = nullptr;
  std::uint64_t age_min_ns = 0;  // who has not waited for so long
};

// What makes sense of the bytes. Each function may call anything of Streams; none is called for a
// stream that is not open.
class StreamUser {
 public:
  StreamUser() = default;
  StreamUser(const StreamUser&) = delete;
  StreamUser& operator=(const StreamUser&) = delete;
  virtual ~StreamUser() = default;

  virtual void turn_began(std::uint64_t now_ns) = 0;
  virtual void opened(Stream& stream) = 0;
  // The bytes are the kernel's again when it returns.
  virtual void received(Stream& stream, std::span<const std::byte> bytes) = 0;
  // The client sends no more.
  virtual void ended(Stream& stream) = 0;
  // output() has room again: what was sent has gone, or a slot that was waited for is there.
  virtual void writable(Stream& stream) = 0;
  // The last word about it, at the end of the turn in which it was told to finish or close: forget
  // all that is kept of it.
  virtual void on_close(Stream& stream) = 0;
  // The last word about one that was told to detach: it is the user's now, and `stream` is free.
  virtual void detached(Stream& stream, MovedStream&& moved) = 0;
  // Another worker has called wake(), at least once since the last time; or this is the first turn,
  // and what others posted before they knew how to wake this one is to be looked at.
  virtual void woken() {}
  // Nobody here can be evicted for a newcomer of that client. True: another worker evicts one.
  virtual bool make_room_elsewhere(std::uint16_t /*client_bucket*/) { return false; }
  // Everything that had arrived was handled: what is due now may be acted upon.
  virtual void expire(std::uint64_t /*now_ns*/) {}
  // When expire() shall be called at the latest.
  virtual std::uint64_t next_due_ns() { return ~std::uint64_t{0}; }
  // What was written in this turn is on its way to the kernel.
  virtual void turn_ended() = 0;
};

class Streams {
 public:
  static std::expected<ring::Ring, std::string> create_ring(const StreamsOptions& options);
  // The user and the metrics outlive it. set_up() follows, before anything else.
  Streams(const StreamsOptions& options, ring::Ring ring, StreamUser& user, StreamMetrics& metrics);
  std::expected<void, std::string> set_up();

  // Runs until stopped; the error says why it cannot go on.
  std::expected<void, std::string> run();
  // One turn: waits at most that long for something to do, and does all of it.
  std::expected<void, std::string> turn(std::chrono::nanoseconds wait_max);
  // Stop was asked for, and everything that was received is answered and closed, by those who share
  // connection_count too: what moves finds somebody.
  bool finished() const;
  // Stop was asked for, and a fifth of the time for it is over.
  bool stop_drags_on() const {
    return stopping_ && stop_deadline_ns_ < now_ns_ + options_.stop_time_max_ns / 5 * 4;
  }

  // Stop was asked for.
  bool stopping() const { return stopping_; }

  // By this, others wake this worker: see wake(). As long as these Streams live.
  ring::RingId ring_id() const { return ring_.id(); }
  // At the end of the turn, StreamUser::woken() of the Streams with that ring is called, in their
  // thread. Nothing happens if they are gone.
  void wake(ring::RingId ring);

  // For users, until on_close() of the stream. Where it is not open any more, nothing happens.

  // Where what is to be sent is written; empty while a send is under way, and when no slot is free.
  std::span<std::byte> output(Stream& stream);
  // So many bytes of it are to be sent, at the end of the turn; 0 gives back what is not needed.
  void add_output(Stream& stream, std::size_t size);
  // Whether what was written has not gone yet.
  bool has_output(const Stream& stream) const { return stream.output_size_ > 0; }
  // To be called when output() is empty though nothing is under way: writable() follows.
  void wait_for_slot(Stream& stream);

  // Whose the connection is, when a proxy says it: it is counted as that client's, and shares are
  // that client's. May change. False: that client has as many connections as it may, and this one
  // is closed.
  bool admit(Stream& stream, const ClientAddress& client);
  // It has done what it is here for: it is no longer among the first to be evicted.
  void prove(Stream& stream);
  // Another worker has let one of that client in above the limit that they share.
  void make_room_for_other(std::uint16_t client_bucket);
  // For whom one could be evicted here; of nobody while there is room.
  Evictable evictable();

  void pause_receiving(Stream& stream);
  void resume_receiving(Stream& stream);

  // From now on. Not for write, send_slot and farewell, which are set here.
  void set_deadline(Stream& stream, Deadline deadline) {
    if (stream.open) begin_deadline(stream, deadline);
  }
  void clear_deadline(Stream& stream) {
    if (stream.open) DeadlineList::remove(stream);
  }
  bool is_waiting_for(const Stream& stream, Deadline deadline) const;

  // Takes the connection out of this worker: what was written is sent, what has been received is
  // handed over as always, and nothing more is received. When no operation is under way,
  // StreamUser::detached() follows; or on_close(), if the connection ends before.
  void detach(Stream& stream);
  // Goes on with one of another worker. Where that happens, the workers share connection_count: one
  // that moves counts all the time.
  Stream& adopt(MovedStream&& moved);
  // Ends one that no worker adopts, and counts it as closed here.
  void discard(MovedStream&& moved, CloseReason reason);

  // Sends what was written, says that nothing more comes, and closes when the client has closed.
  void finish(Stream& stream, CloseReason reason);
  // At once.
  void close(Stream& stream, CloseReason reason, bool reset = false);
  // Closes the one that has waited longest for that. False: there is none, but for the spared.
  bool close_oldest(Deadline deadline, CloseReason reason, const Spared& spared = {});
  // on_close() of those that are closed, before the end of the turn: somebody needs their memory.
  // REQUIRES: no user is in the middle of anything with one of them.
  void release_closed();

 private:
  void handle(const ring::Completion& completion);
  void handle_accept(const ring::Completion& completion);
  void handle_receive(const ring::Completion& completion);
  void handle_send(const ring::Completion& completion);
  void handle_wake(const ring::Completion& completion);
  void receive_ended(Stream& stream, std::int32_t result);

  void open_stream(int fd, std::uint32_t listener_index);
  void refuse(int fd, CloseReason reason);
  bool count_in(std::uint16_t bucket);
  bool is_of_proxy(const std::optional<ClientAddress>& client) const;
  std::uint16_t bucket_of(const std::optional<ClientAddress>& client) const {
    return limits::client_bucket(client, options_.client_secret);
  }
  void leave_address(Stream& stream);
  bool evict_unproven();
  bool evict_of_largest(std::uint16_t newcomer_bucket);
  // From so many of one client on, at a limit, others come before it.
  std::uint32_t largest_count_min() const { return std::max(16U, open_count_ / 4); }
  limits::EvictionQueue& queue_of(const Stream& stream) {
    return stream.is_proven_ ? proven_ : unproven_;
  }
  void count_out() { connection_count_.fetch_sub(1, std::memory_order_release); }
  Stream& acquire_stream();
  bool make_room();
  void say_farewell(Stream& stream);
  void close_if_quiet(Stream& stream);
  void free_stream(Stream& stream);
  void mark_closed(Stream& stream);
  void begin_deadline(Stream& stream, Deadline deadline);
  void release_slot(Stream& stream);

  void arm_receive(Stream& stream);
  void serve_waiting_for_slot();
  void take_slots_back();
  void hand_over_detached();
  void wake_others();
  void send_written();
  void arm_all();
  void expire();
  void begin_stop();
  void advance_stop(bool is_quiet);
  std::uint64_t wait_time(std::uint64_t wait_max_ns);

  Stream* find(std::uint64_t token);
  DeadlineList& list_of(Deadline deadline) {
    return deadlines_[static_cast<std::size_t>(deadline)];
  }

  StreamsOptions options_;
  StreamUser& user_;
  StreamMetrics& metrics_;
  ConnectionCount own_count_ = 0;
  ConnectionCount& connection_count_;
  std::array<DeadlineList, deadline_count> deadlines_;
  SlotTable<Stream> streams_;
  limits::EvictionQueue unproven_;
  limits::EvictionQueue proven_;
  std::vector<std::uint32_t> free_;  // the last one first
  SendSlots slots_;
  std::unique_ptr<ring::BufferRing> buffers_;
  ring::Ring ring_;  // after what it points to, so that the kernel lets go of that first

  std::vector<bool> accepting_;         // of each listener
  std::vector<std::uint32_t> starved_;  // streams that have found no receive buffer
  std::vector<std::uint32_t> to_arm_;   // other streams whose receiving has ended
  std::vector<std::uint32_t> to_send_;  // streams that something was written for
  std::vector<std::uint32_t> to_detach_;
  std::vector<std::uint32_t> closed_;  // whose on_close() is to come
  std::vector<ring::RingId> to_wake_;  // each once
  std::uint64_t now_ns_ = 0;
  std::uint64_t accept_after_ns_ = 0;  // accepting waits until then, for want of descriptors
  std::uint64_t stop_deadline_ns_ = 0;
  std::uint32_t open_count_ = 0;  // closing ones count
  std::uint32_t closing_count_ = 0;
  std::string failure_;  // why it cannot go on
  bool stopping_ = false;
};

}  // namespace gyre::connection
