// Fair scheduling of connections when there is more work than one turn of the loop should do:
// deficit round robin (Shreedhar and Varghese, 1995) over clients, and over the connections of each
// client, where those that were idle come before those that always have work, as in FQ-CoDel (RFC
// 8290).
//
// Rules:
//   1. Work is charged to its connection and its client, in nanoseconds. Whoever has used up its
//      credit gets another quantum after all others have had their turn.
//   2. Whoever asks for little has credit left and is served next, however many others wait.
//   3. A connection that runs out of work, but has used more than a quarter of its credit, stays in
//      line until its turn comes, so that there is nothing to gain from asking in pieces.
//   4. While somebody waits, somebody is served: debts only decide who.
//
// Times are arguments. Memory: one entry for each bucket of clients.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "common/limits/client_hash.hpp"

namespace gyre::limits {

class FairTurns {
 public:
  // Embedded in the connection. If it is not in line, it has a whole quantum to use.
  struct Turn {
    Turn* previous = nullptr;
    Turn* next = nullptr;
    std::int32_t credit_ns = 0;
    std::uint16_t bucket = 0;  // client_bucket() of its address
    bool is_waiting = false;   // it has work to be done

    bool is_in_line() const { return next != nullptr; }
  };

  explicit FairTurns(std::int32_t quantum_ns) : quantum_ns_(quantum_ns) {}
  FairTurns(const FairTurns&) = delete;
  FairTurns& operator=(const FairTurns&) = delete;

  bool any_waiting() const { return waiting_count_ > 0; }

  // Starts serving a connection that is not in line.
  void begin(Turn& turn) const { turn.credit_ns = quantum_ns_; }
  void charge(Turn& turn, std::uint64_t cost_ns);
  // The fast path of charge(), for one that is not in line and has credit left afterwards. False:
  // nothing was charged.
  static bool try_charge(Turn& turn, std::uint64_t cost_ns) {
    if (turn.is_in_line() || turn.credit_ns <= 0) return false;
    if (cost_ns >= static_cast<std::uint64_t>(turn.credit_ns)) return false;
    turn.credit_ns -= static_cast<std::int32_t>(cost_ns);
    return true;
  }
  // Charges the client alone: the connection is gone.
  void charge(std::uint16_t bucket, std::uint64_t cost_ns);
  // It has work that is not done now. No effect if it is waiting already.
  void wait(Turn& turn);
  // Serves what next() has returned: it keeps its place in line, but no longer waits. Call wait()
  // or finish() afterwards.
  void serve(Turn& turn);
  // It has no more work for now. No effect if it is not in line.
  void finish(Turn& turn);
  // It is gone, or about to become another client's.
  void remove(Turn& turn);

  // The next to be served; null if nobody waits.
  Turn* next();
  // One that waits although it has been served lately, and so asks for too much; null if there is
  // none.
  Turn* greediest();

 private:
  struct Bucket {
    Bucket* previous = nullptr;  // in line, as a Turn is
    Bucket* next = nullptr;
    Turn fresh;  // end of the list of those that have not had their turn yet,
    Turn old;    // and of those that have
    std::int64_t credit_ns = 0;
    bool is_old = false;
  };

  template <class Item>
  static void append(Item& ends, Item& item);
  template <class Item>
  static void unlink(Item& item);
  template <class Item>
  static Item* first_of(Item& ends) {
    return ends.next == &ends ? nullptr : ends.next;
  }
  void set_up();
  void make_old(Bucket& bucket);
  Bucket& bucket_of(const Turn& turn) { return (*buckets_)[turn.bucket]; }

  std::int32_t quantum_ns_;
  std::uint32_t waiting_count_ = 0;
  Bucket fresh_;  // ends of lists, as in Bucket
  Bucket old_;
  std::unique_ptr<std::array<Bucket, client_bucket_count>>
      buckets_;  // allocated by the first wait()
};

}  // namespace gyre::limits
