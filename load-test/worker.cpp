#include "load-test/worker.hpp"

#include "common/base/check.hpp"
#include "common/base/clock.hpp"

namespace gyre::load_test {
namespace {

constexpr std::uint64_t expire_interval_ns = 10'000'000;

}  // namespace

Worker::Worker(const RunConfig& config, std::uint32_t index, const Phase& first_phase)
    : config_(config), index_(index), phase_(&first_phase) {
  DCHECK(index < config.workers);
}

std::expected<void, std::string> Worker::run(const std::stop_token& stop) {
  if (auto connected = connect(stop); !connected) return connected;
  connected_.store(true, std::memory_order_relaxed);
  while (!stop.stop_requested()) turn();
  do {
    turn(true);
  } while (is_waiting());
  end();
  return {};
}

std::expected<void, std::string> Worker::connect(const std::stop_token& stop) {
  take_time();
  const std::uint64_t deadline_ns = now_ns_ + connect_time_max_ns();
  while (!stop.stop_requested() && !is_ready()) {
    if (now_ns_ > deadline_ns) return std::unexpected(not_connected());
    turn();
  }
  return {};
}

void Worker::turn(bool stopping) {
  turn_ = *phase_.load(std::memory_order_acquire);
  DCHECK(turn_.statistics != nullptr);
  if (stopping) turn_.asks = false;
  take_time();
  idle_ns_ = 0;
  const std::uint64_t began_ns = now_ns_;
  bool busy = advance();
  if (!stopping) busy |= keep_connected();
  busy |= ask();
  if (now_ns_ - expired_at_ns_ >= expire_interval_ns) {
    expired_at_ns_ = now_ns_;
    expire();
  }
  add(Count::idle_ns, busy ? idle_ns_ : monotonic_ns() - began_ns);
}

bool Worker::ask() {
  if (!turn_.asks) return false;
  if (turn_.rate == 0) return ask_all();
  const bool is_new = !schedule_ || schedule_->rate() != turn_.rate;
  if (is_new) schedule_.emplace(turn_.rate, now_ns_, index_, config_.workers);
  return ask_due(*schedule_);
}

void Worker::take_time() {
  now_ns_ = monotonic_ns();
}

}  // namespace gyre::load_test
