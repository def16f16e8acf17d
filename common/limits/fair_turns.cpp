#include "common/limits/fair_turns.hpp"

#include <algorithm>

#include "common/base/check.hpp"

namespace gyre::limits {
namespace {

// A single piece of work is far shorter; a clock that jumps must not become a debt.
constexpr std::int32_t debt_max_ns = 1'000'000'000;

std::int32_t bounded(std::uint64_t cost_ns) {
  return static_cast<std::int32_t>(std::min<std::uint64_t>(cost_ns, debt_max_ns));
}

}  // namespace

template <class Item>
void FairTurns::append(Item& ends, Item& item) {
  DCHECK(item.next == nullptr && ends.previous != nullptr);
  item.previous = ends.previous;
  item.next = &ends;
  item.previous->next = &item;
  ends.previous = &item;
}

template <class Item>
void FairTurns::unlink(Item& item) {
  DCHECK(item.next != nullptr && item.previous != nullptr);
  item.previous->next = item.next;
  item.next->previous = item.previous;
  item.previous = item.next = nullptr;
}

void FairTurns::set_up() {
  const auto close = [](auto& ends) { ends.previous = ends.next = &ends; };
  buckets_ = std::make_unique<std::array<Bucket, client_bucket_count>>();
  for (Bucket& bucket : *buckets_) {
    close(bucket.fresh);
    close(bucket.old);
  }
  close(fresh_);
  close(old_);
}

void FairTurns::charge(Turn& turn, std::uint64_t cost_ns) {
  const std::int32_t cost = bounded(cost_ns);
  turn.credit_ns = std::max(turn.credit_ns, cost - debt_max_ns) - cost;
  charge(turn.bucket, cost_ns);
}

void FairTurns::charge(std::uint16_t bucket, std::uint64_t cost_ns) {
  if (buckets_) (*buckets_)[bucket].credit_ns -= bounded(cost_ns);
}

void FairTurns::wait(Turn& turn) {
  if (turn.is_waiting) return;
  if (!buckets_) set_up();
  DCHECK(turn.bucket < client_bucket_count);
  turn.is_waiting = true;
  ++waiting_count_;
  if (turn.is_in_line()) return;
  Bucket& bucket = bucket_of(turn);
  append(turn.credit_ns > 0 ? bucket.fresh : bucket.old, turn);
  if (bucket.next != nullptr) return;
  bucket.is_old = turn.credit_ns <= 0;
  bucket.credit_ns = quantum_ns_;
  append(bucket.is_old ? old_ : fresh_, bucket);
}

void FairTurns::make_old(Bucket& bucket) {
  bucket.is_old = true;
  unlink(bucket);
  append(old_, bucket);
}

void FairTurns::serve(Turn& turn) {
  DCHECK(turn.is_waiting && turn.is_in_line() && waiting_count_ > 0);
  turn.is_waiting = false;
  --waiting_count_;
}

void FairTurns::finish(Turn& turn) {
  if (turn.is_waiting) --waiting_count_;
  turn.is_waiting = false;
  if (!turn.is_in_line()) return;
  unlink(turn);
  const bool used_little = turn.credit_ns > quantum_ns_ / 4 * 3;
  if (!used_little) append(bucket_of(turn).old, turn);
}

void FairTurns::remove(Turn& turn) {
  if (turn.is_waiting) --waiting_count_;
  turn.is_waiting = false;
  if (turn.is_in_line()) unlink(turn);
}

// Each step serves somebody, takes somebody out of line, or grants a quantum for one that was used
// up: there are no more of the last kind than quanta of work.
FairTurns::Turn* FairTurns::next() {
  while (waiting_count_ > 0) {
    Bucket* bucket = first_of(fresh_);
    if (bucket == nullptr) bucket = first_of(old_);
    DCHECK(bucket != nullptr);
    Turn* turn = first_of(bucket->fresh);
    if (turn == nullptr) turn = first_of(bucket->old);
    if (bucket->credit_ns <= 0) {
      bucket->credit_ns += quantum_ns_;
      make_old(*bucket);
    } else if (turn == nullptr) {
      bucket->is_old ? unlink(*bucket) : make_old(*bucket);
    } else if (turn->credit_ns <= 0) {
      turn->credit_ns += quantum_ns_;
      unlink(*turn);
      append(bucket->old, *turn);
    } else if (!turn->is_waiting) {
      unlink(*turn);
    } else {
      return turn;
    }
  }
  return nullptr;
}

FairTurns::Turn* FairTurns::greediest() {
  if (waiting_count_ == 0) return nullptr;
  for (Bucket* bucket = old_.previous; bucket != &old_; bucket = bucket->previous) {
    Turn* turn = bucket->old.previous;
    if (turn != &bucket->old && turn->is_waiting) return turn;
  }
  return nullptr;
}

}  // namespace gyre::limits
