#include "common/connection/streams.hpp"

#include <algorithm>
#include <bit>

#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "common/connection/stream_tokens.hpp"

namespace gyre::connection {
namespace {

using namespace std::chrono_literals;

constexpr auto idle_wait = 1s;
constexpr auto stop_wait = 10ms;

std::string ring_failure(int error_number) {
  return "io_uring: " + errno_text(error_number);
}

// What waits at once is, but for a crowd that ends at once, one completion for each buffer, each
// slot and some new connections. The kernel keeps what does not fit, and loses none.
ring::RingOptions ring_options(const StreamsOptions& options) {
  constexpr std::uint32_t newcomers = 2048;
  return {.submission_entries = 1024,
          .completion_entries =
              std::bit_ceil(options.receive_buffer_count + options.send_slot_count + newcomers)};
}

}  // namespace

std::expected<ring::Ring, std::string> Streams::create_ring(const StreamsOptions& options) {
  return ring::Ring::create(ring_options(options));
}

Streams::Streams(const StreamsOptions& options, ring::Ring ring, StreamUser& user,
                 StreamMetrics& metrics)
    : options_(options),
      user_(user),
      metrics_(metrics),
      connection_count_(options.connection_count != nullptr ? *options.connection_count
                                                            : own_count_),
      slots_(options.send_slot_count, options.send_slot_size),
      ring_(std::move(ring)),
      accepting_(options.listeners.size()) {
  constexpr std::uint64_t for_ever_ns = std::uint64_t{1} << 62;
  for (std::size_t i = 0; i < deadline_count; ++i) {
    deadlines_[i].set_length(options.deadlines_ns[i]);
  }
  list_of(Deadline::no_peers).set_length(for_ever_ns);
}

std::expected<void, std::string> Streams::set_up() {
  if (options_.talks_to_others) {
    if (auto checked = ring_.check_messages(); !checked) return checked;
  }
  std::vector<int> fds;
  for (const StreamListener& listener : options_.listeners) fds.push_back(listener.fd);
  if (auto registered = ring_.register_files(fds); !registered) return registered;
  auto buffers =
      ring::BufferRing::create(ring_, options_.receive_buffer_count, options_.receive_buffer_size);
  if (!buffers) return std::unexpected(buffers.error());
  buffers_ = std::make_unique<ring::BufferRing>(std::move(*buffers));
  ring_.poll_readable(options_.stop_fd, token_of(Operation::stop));
  if (options_.talks_to_others) wake(ring_.id());
  wake_others();
  now_ns_ = options_.clock();
  arm_all();
  if (const auto submitted = ring_.submit(); !submitted) {
    return std::unexpected(ring_failure(submitted.error()));
  }
  return {};
}

std::expected<void, std::string> Streams::run() {
  while (!finished()) {
    const std::chrono::nanoseconds wait_max = stopping_ ? stop_wait : idle_wait;
    if (const auto turned = turn(wait_max); !turned) return turned;
  }
  return {};
}

bool Streams::finished() const {
  const bool is_empty =
      stopping_ && open_count_ == 0 && std::ranges::find(accepting_, true) == accepting_.end();
  // Those of other workers may be on their way to this one.
  const bool is_last = connection_count_.load(std::memory_order_acquire) == 0;
  return is_empty && (is_last || now_ns_ >= stop_deadline_ns_);
}

std::expected<void, std::string> Streams::turn(std::chrono::nanoseconds wait_max) {
  const auto wait_ns = wait_time(static_cast<std::uint64_t>(wait_max.count()));
  if (const auto waited = ring_.wait(wait_ns); !waited) {
    return std::unexpected(ring_failure(waited.error()));
  }
  now_ns_ = options_.clock();
  user_.turn_began(now_ns_);
  const auto completions = ring_.take_completions();
  for (const ring::Completion& completion : completions) handle(completion);
  if (!failure_.empty()) return std::unexpected(failure_);
  user_.expire(now_ns_);
  expire();
  serve_waiting_for_slot();
  take_slots_back();
  if (stopping_) advance_stop(completions.empty());
  release_closed();
  send_written();
  hand_over_detached();
  buffers_->publish();
  arm_all();
  metrics_.open.store(open_count_, std::memory_order_relaxed);
  metrics_.ring_overflows.store(ring_.overflow_count(), std::memory_order_relaxed);
  user_.turn_ended();
  wake_others();
  return {};
}

void Streams::handle(const ring::Completion& completion) {
  switch (operation_of(completion.token)) {
    case Operation::accept:
      return handle_accept(completion);
    case Operation::receive:
      return handle_receive(completion);
    case Operation::send:
      return handle_send(completion);
    case Operation::stop:
      return begin_stop();
    case Operation::woken:
      return user_.woken();
    case Operation::wake:
      return handle_wake(completion);
  }
}

// Nothing if the completion is of a connection of the past.
Stream* Streams::find(std::uint64_t token) {
  const std::uint32_t index = index_of(token);
  if (index >= streams_.size()) return nullptr;
  Stream& stream = streams_[index];
  const bool is_of_now = stream.state_ != Stream::State::free &&
                         stream.generation_ % generation_count == generation_of(token);
  return is_of_now ? &stream : nullptr;
}

// As long as nothing is due.
std::uint64_t Streams::wait_time(std::uint64_t wait_max_ns) {
  std::uint64_t until_ns = std::min(now_ns_ + wait_max_ns, user_.next_due_ns());
  for (DeadlineList& list : deadlines_) {
    if (const auto* link = list.oldest()) until_ns = std::min(until_ns, link->due_ns);
  }
  if (accept_after_ns_ > 0) until_ns = std::min(until_ns, accept_after_ns_);
  return until_ns > now_ns_ ? until_ns - now_ns_ : 0;
}

void Streams::expire() {
  using enum CloseReason;
  const auto each_due = [this](Deadline deadline, CloseReason reason) {
    DeadlineList& list = list_of(deadline);
    for (auto* link = list.oldest(); link != nullptr && link->due_ns <= now_ns_;
         link = list.oldest()) {
      close(static_cast<Stream&>(*link), reason, deadline == Deadline::write);
    }
  };
  each_due(Deadline::greeting, greeting_late);
  each_due(Deadline::first_request, request_late);
  each_due(Deadline::request, request_late);
  each_due(Deadline::message, request_late);
  each_due(Deadline::idle, idle_too_long);
  each_due(Deadline::write, reading_too_slow);
  each_due(Deadline::send_slot, no_send_slot);
  each_due(Deadline::farewell, answered);
}

// Everything whose receiving or accepting has ended goes on.
void Streams::arm_all() {
  // A receive takes as many buffers as it can fill when it is armed: who has found none comes
  // first, so that a few that always have more do not keep them from everybody else.
  for (std::vector<std::uint32_t>* streams : {&starved_, &to_arm_}) {
    for (const std::uint32_t index : *streams) {
      Stream& stream = streams_[index];
      stream.to_arm_ = false;
      if (!stream.wants_to_receive()) continue;
      ring_.receive_stream(stream.fd_.get(),
                           token_of(Operation::receive, index, stream.generation_));
      stream.receiving_ = true;
    }
    streams->clear();
  }
  if (stopping_ || now_ns_ < accept_after_ns_) return;
  accept_after_ns_ = 0;
  for (std::uint32_t index = 0; index < accepting_.size(); ++index) {
    if (accepting_[index]) continue;
    ring_.accept_connections(index, token_of(Operation::accept, index));
    accepting_[index] = true;
  }
}

void Streams::begin_stop() {
  stopping_ = true;
  stop_deadline_ns_ = now_ns_ + options_.stop_time_max_ns;
  for (std::uint32_t index = 0; index < accepting_.size(); ++index) {
    if (accepting_[index]) ring_.cancel(token_of(Operation::accept, index));
  }
}

// When nothing more comes, those who wait for something new are closed; answers that are under way
// arrive.
void Streams::advance_stop(bool is_quiet) {
  if (now_ns_ >= stop_deadline_ns_) {
    for (std::uint32_t index = 0; index < streams_.size(); ++index) {
      if (streams_[index].state_ != Stream::State::free) {
        close(streams_[index], CloseReason::stopped, true);
      }
    }
  }
  if (!is_quiet) return;
  for (const auto deadline :
       {Deadline::greeting, Deadline::first_request, Deadline::request, Deadline::idle}) {
    while (close_oldest(deadline, CloseReason::stopped)) continue;
  }
}

}  // namespace gyre::connection
