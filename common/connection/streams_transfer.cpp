// Receiving and sending, and what holds them up: a part of Streams.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/base/check.hpp"
#include "common/connection/stream_tokens.hpp"
#include "common/connection/streams.hpp"

namespace gyre::connection {

void Streams::handle_receive(const ring::Completion& completion) {
  std::optional<ring::BufferLease> lease;
  const auto size = static_cast<std::size_t>(std::max(completion.result, 0));
  if (const auto buffer_id = completion.buffer_id()) {
    lease.emplace(buffers_->lease(*buffer_id, size));
  }
  Stream* stream = find(completion.token);
  if (stream == nullptr) return;
  if (!completion.more()) stream->receiving_ = false;
  if (lease && size > 0) {
    metrics_.count(StreamCounter::rx_bytes, size);
    if (stream->open) user_.received(*stream, lease->bytes());
  }
  if (!completion.more()) receive_ended(*stream, completion.result);
}

void Streams::receive_ended(Stream& stream, std::int32_t result) {
  switch (stream.state_) {
    case Stream::State::free:
      return;
    case Stream::State::closing:
      return close_if_quiet(stream);
    default:
      break;
  }
  if (result == 0) {
    stream.ended = true;
    if (stream.state_ == Stream::State::farewell) return close(stream, stream.reason_);
    if (stream.open) user_.ended(stream);
    return;
  }
  if (result == -ENOBUFS) {
    metrics_.count(StreamCounter::receive_paused);
    if (stream.wants_to_receive() && !std::exchange(stream.to_arm_, true)) {
      starved_.push_back(stream.index);
    }
    return;
  }
  const bool goes_on = result > 0 || result == -ECANCELED || result == -EAGAIN || result == -EINTR;
  if (!goes_on) return close(stream, CloseReason::lost, true);
  arm_receive(stream);
}

void Streams::arm_receive(Stream& stream) {
  if (!stream.wants_to_receive() || std::exchange(stream.to_arm_, true)) return;
  to_arm_.push_back(stream.index);
}

void Streams::pause_receiving(Stream& stream) {
  if (!stream.open || std::exchange(stream.paused_, true) || !stream.receiving_) return;
  ring_.cancel(token_of(Operation::receive, stream.index, stream.generation_));
}

// If the receive that was cancelled has not ended yet, it will be armed when it does.
void Streams::resume_receiving(Stream& stream) {
  stream.paused_ = false;
  arm_receive(stream);
}

std::span<std::byte> Streams::output(Stream& stream) {
  if (!stream.open || stream.sending_ || stream.detaching_) return {};
  if (!stream.has_slot_) {
    const auto slot = slots_.acquire();
    if (!slot) return {};
    stream.slot_ = *slot;
    stream.has_slot_ = true;
  }
  return slots_[stream.slot_].subspan(stream.output_size_);
}

void Streams::add_output(Stream& stream, std::size_t size) {
  if (!stream.open) return;
  DCHECK(stream.has_slot_ && !stream.sending_ && stream.output_size_ + size <= slots_.slot_size());
  stream.output_size_ += static_cast<std::uint32_t>(size);
  if (stream.output_size_ == 0) return release_slot(stream);
  DeadlineList::remove(stream);  // nothing but the client is waited for now; see send_written()
  if (std::exchange(stream.to_send_, true)) return;
  to_send_.push_back(stream.index);
}

void Streams::release_slot(Stream& stream) {
  if (std::exchange(stream.has_slot_, false)) slots_.release(stream.slot_);
}

void Streams::wait_for_slot(Stream& stream) {
  if (!stream.open) return;
  metrics_.count(StreamCounter::send_slots_used_up);
  set_deadline(stream, Deadline::send_slot);
}

// Who has waited longest comes first.
void Streams::serve_waiting_for_slot() {
  DeadlineList& waiting = list_of(Deadline::send_slot);
  while (slots_.free_count() > 0) {
    DeadlineLink* link = waiting.oldest();
    if (link == nullptr) return;
    DeadlineList::remove(*link);
    user_.writable(static_cast<Stream&>(*link));
  }
}

// While others wait, nobody keeps a slot for longer than that: clients that do not read could hold
// all of them for as long as the deadline is.
void Streams::take_slots_back() {
  constexpr std::uint64_t held_max_ns = 1'000'000'000;
  if (list_of(Deadline::send_slot).oldest() == nullptr) return;
  while (close_oldest(Deadline::write, CloseReason::reading_too_slow, {.age_min_ns = held_max_ns}))
    continue;
}

void Streams::send_written() {
  for (const std::uint32_t index : to_send_) {
    Stream& stream = streams_[index];
    stream.to_send_ = false;
    if (!stream.may_send() || stream.output_size_ == 0 || stream.sending_) continue;
    const bool last = stream.state_ == Stream::State::finishing;
    ring_.send_stream({.fd = stream.fd_.get(),
                       .bytes = slots_[stream.slot_].first(stream.output_size_),
                       .last = last,
                       .token = token_of(Operation::send, index, stream.generation_)});
    stream.sending_ = true;
    begin_deadline(stream, Deadline::write);
  }
  to_send_.clear();
}

void Streams::handle_send(const ring::Completion& completion) {
  Stream* stream = find(completion.token);
  if (stream == nullptr) return;
  stream->sending_ = false;
  const std::uint32_t size = std::exchange(stream->output_size_, 0);
  release_slot(*stream);
  if (completion.result > 0) {
    metrics_.count(StreamCounter::tx_bytes, static_cast<std::uint64_t>(completion.result));
  }
  switch (stream->state_) {
    case Stream::State::closing:
      return close_if_quiet(*stream);
    case Stream::State::open:
    case Stream::State::finishing:
      break;
    case Stream::State::free:
    case Stream::State::farewell:
      return;
  }
  if (completion.result < 0 || static_cast<std::uint32_t>(completion.result) < size) {
    return close(*stream, CloseReason::lost, true);
  }
  if (stream->detaching_) return;
  if (stream->open) return user_.writable(*stream);
  say_farewell(*stream);
}

void Streams::begin_deadline(Stream& stream, Deadline deadline) {
  DeadlineList::remove(stream);
  stream.deadline_ = deadline;
  list_of(deadline).append(stream, now_ns_);
}

bool Streams::is_waiting_for(const Stream& stream, Deadline deadline) const {
  return stream.next != nullptr && stream.deadline_ == deadline;
}

}  // namespace gyre::connection
