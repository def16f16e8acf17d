// Whose turn it is to be worked for, when there is more work than one turn of the loop should take:
// deficit round robin (Shreedhar and Varghese, 1995) over clients, and over the connections of
// each, where who has not waited lately comes before those who always do, as in FQ-CoDel (RFC
// 8290).
//
// Rules:
//   1. What was done for a connection is charged to it and to its client, in nanoseconds. Who has
//      used up its credit gets another quantum when all others have had their turn.
//   2. Who asks little has credit left and is served next, whoever else waits and for how long.
//   3. Who has nothing left to do but has used more than a quarter of its credit stays in line
//   until
//      its turn comes, so that asking in pieces gains nothing.
//   4. While somebody waits, somebody is served: debts only decide who.
//
// No clock and no memory of its own beyond one entry for each bucket of clients.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "common/limits/client_hash.hpp"

namespace gyre::limits {

class FairTurns {
 public:
  // Inside of what waits. In line, or not: then it has a quantum to use at once.
  struct Turn {
    Turn* previous = nullptr;
    Turn* next = nullptr;
    std::int32_t credit_ns = 0;
    std::uint16_t bucket = 0;  // client_bucket() of its address
    bool waits = false;        // it has work to be done

    bool is_in_line() const { return next != nullptr; }
  };

  explicit FairTurns(std::int32_t quantum_ns) : quantum_ns_(quantum_ns) {}
  FairTurns(const FairTurns&) = delete;
  FairTurns& operator=(const FairTurns&) = delete;

  bool somebody_waits() const { return waiting_count_ > 0; }

  // For one that is not in line, and is worked for at once.
  void begin(Turn& turn) const { turn.credit_ns = quantum_ns_; }
  void charge(Turn& turn, std::uint64_t cost_ns);
  // The same for most: for one that is not in line and has credit left after it. False: not done.
  static bool spend_quietly(Turn& turn, std::uint64_t cost_ns) {
    if (turn.is_in_line() || turn.credit_ns <= 0) return false;
    if (cost_ns >= static_cast<std::uint64_t>(turn.credit_ns)) return false;
    turn.credit_ns -= static_cast<std::int32_t>(cost_ns);
    return true;
  }
  // To the client alone: the connection has gone.
  void charge(std::uint16_t bucket, std::uint64_t cost_ns);
  // It has work that is not done now. Nothing happens if it waits already.
  void wait(Turn& turn);
  // What next() has returned is worked for: it keeps its place, and does not wait unless it says so
  // again. Then finish() follows, if it does not.
  void serve(Turn& turn);
  // It has no work for now. Nothing happens if it is not in line.
  void finish(Turn& turn);
  // It is no more, or becomes another client's.
  void remove(Turn& turn);

  // The next one that waits. Null: nobody does.
  Turn* next();
  // One that waits and has been served lately, if there is one: of all, it asks for too much.
  Turn* greediest();

 private:
  struct Bucket {
    Bucket* previous = nullptr;  // in line, as a Turn is
    Bucket* next = nullptr;
    Turn fresh;  // ends of lists: those who have not had their turn yet,
    Turn old;    // and those who have
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
  Bucket fresh_;  // ends of lists
  Bucket old_;
  std::unique_ptr<std::array<Bucket, client_bucket_count>> buckets_;  // when somebody has waited
};

}  // namespace gyre::limits
