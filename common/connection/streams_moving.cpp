// Connections that move to another worker, and what workers tell each other: a part of Streams.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/base/check.hpp"
#include "common/connection/stream_tokens.hpp"
#include "common/connection/streams.hpp"

namespace gyre::connection {

void Streams::detach(Stream& stream) {
  DCHECK(options_.connection_count != nullptr);
  if (!stream.open || std::exchange(stream.detaching_, true)) return;
  if (!stream.sending_) DeadlineList::remove(stream);  // sending keeps its own
  if (stream.receiving_)
    ring_.cancel(token_of(Operation::receive, stream.index, stream.generation_));
  if (stream.output_size_ == 0) release_slot(stream);
  to_detach_.push_back(stream.index);
}

// At the end of a turn, when nobody is in the middle of one of them. An entry of one that has ended
// in the meantime, whose place may even be another's now, goes too.
void Streams::hand_over_detached() {
  std::erase_if(to_detach_, [this](std::uint32_t index) {
    Stream& stream = streams_[index];
    if (!stream.open || !stream.detaching_) return true;
    if (!stream.is_quiet()) return false;
    DeadlineList::remove(stream);
    queue_of(stream).remove(stream);
    MovedStream moved{.fd = std::move(stream.fd_),
                      .listener_index = stream.listener_index,
                      .client = stream.client,
                      .counted_as = std::exchange(stream.counted_as_, std::nullopt),
                      .ended = stream.ended};
    user_.detached(stream, std::move(moved));
    free_stream(stream);
    return true;
  });
}

Stream& Streams::adopt(MovedStream&& moved) {
  Stream& stream = acquire_stream();
  stream.fd_ = std::move(moved.fd);
  stream.listener_index = moved.listener_index;
  stream.client = moved.client;
  stream.client_bucket = bucket_of(moved.counted_as ? moved.counted_as : moved.client);
  stream.counted_as_ = moved.counted_as;
  prove(stream);  // only those who announce move
  stream.ended = moved.ended;
  arm_receive(stream);
  return stream;
}

void Streams::discard(MovedStream&& moved, CloseReason reason) {
  if (moved.counted_as) options_.addresses->leave(*moved.counted_as);
  count_out();
  refuse(moved.fd.release(), reason);
}

void Streams::wake(ring::RingId ring) {
  if (std::ranges::find(to_wake_, ring) == to_wake_.end()) to_wake_.push_back(ring);
}

void Streams::wake_others() {
  for (const ring::RingId ring : to_wake_) {
    ring_.send_message(ring, token_of(Operation::woken),
                       token_of(Operation::wake, static_cast<std::uint32_t>(ring)));
  }
  to_wake_.clear();
}

// It completes only if it failed: the other ring has no room for a moment, or is gone.
void Streams::handle_wake(const ring::Completion& completion) {
  const bool is_passing = completion.result == -EOVERFLOW || completion.result == -ENOMEM ||
                          completion.result == -EAGAIN || completion.result == -EINTR;
  if (is_passing) wake(static_cast<ring::RingId>(index_of(completion.token)));
}

}  // namespace gyre::connection
