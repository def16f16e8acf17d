// How connections begin and end: the other half of Streams.
#include <algorithm>
#include <cerrno>

#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "common/connection/stream_tokens.hpp"
#include "common/connection/streams.hpp"

namespace gyre::connection {
namespace {

constexpr std::uint64_t accept_pause_ns = 100'000'000;
// So long a connection keeps its place for the first request, or the rest of one, to arrive.
constexpr std::uint64_t grace_ns = 100'000'000;

// Errors of accept(2) that concern one connection, or a moment.
bool is_passing(int error_number) {
  switch (error_number) {
    case ECONNABORTED:
    case ECANCELED:
    case EAGAIN:
    case EINTR:
    case EPERM:  // a firewall's rule
    case EPROTO:
    case ENETDOWN:  // accept(2): of the new connection, to be treated like EAGAIN
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

bool is_shortage(int error_number) {
  return error_number == EMFILE || error_number == ENFILE || error_number == ENOBUFS ||
         error_number == ENOMEM;
}

}  // namespace

void Streams::handle_accept(const ring::Completion& completion) {
  const std::uint32_t listener_index = index_of(completion.token);
  if (!completion.more()) accepting_[listener_index] = false;
  if (completion.result >= 0) return open_stream(completion.result, listener_index);
  const int error_number = -completion.result;
  if (stopping_ || error_number == ECANCELED) return;
  if (is_shortage(error_number)) {
    metrics_.count(StreamCounter::no_descriptor);
    // Until one is closed; and in case that others of the process close theirs, not for ever.
    accept_after_ns_ = now_ns_ + accept_pause_ns;
    if (closing_count_ == 0) make_room();
    return;
  }
  metrics_.count(StreamCounter::accept_failed);
  if (is_passing(error_number)) return;
  failure_ = "accepting on " + options_.listeners[listener_index].name +
             " failed: " + errno_text(error_number);
}

void Streams::open_stream(int fd, std::uint32_t listener_index) {
  metrics_.count(StreamCounter::accepted);
  std::optional<ClientAddress> client;
  if (!options_.listeners[listener_index].is_unix) {
    const auto name = ring_.peer_of(fd);
    // Reset already. What it has sent must not pass for a local proxy's, which has no address.
    if (!name) return refuse(fd, CloseReason::lost);
    client = name->address;
  }
  const std::uint16_t bucket = bucket_of(client);
  if (!count_in(bucket)) return refuse(fd, CloseReason::over_limit);
  const bool is_counted = options_.addresses != nullptr && client && !is_of_proxy(client);
  if (is_counted && !options_.addresses->enter(*client)) {
    count_out();
    return refuse(fd, CloseReason::over_address_limit);
  }
  Stream& stream = acquire_stream();
  stream.fd_ = Fd(fd);
  stream.client = client;
  stream.client_bucket = bucket;
  unproven_.add(stream, stream.client_bucket, now_ns_);
  stream.listener_index = listener_index;
  if (is_counted) stream.counted_as_ = client;
  arm_receive(stream);
  user_.opened(stream);
}

bool Streams::admit(Stream& stream, const ClientAddress& client) {
  if (!stream.open) return false;
  if (options_.addresses != nullptr && stream.counted_as_ != client) {
    leave_address(stream);
    if (!options_.addresses->enter(client)) {
      close(stream, CloseReason::over_address_limit);
      return false;
    }
    stream.counted_as_ = client;
  }
  stream.client_bucket = bucket_of(client);
  queue_of(stream).move(stream, stream.client_bucket);
  return true;
}

void Streams::prove(Stream& stream) {
  if (stream.is_proven_ || !stream.open) return;
  unproven_.remove(stream);
  stream.is_proven_ = true;
  proven_.add(stream, stream.client_bucket, now_ns_);
}

void Streams::make_room_for_other(std::uint16_t bucket) {
  const std::uint32_t count = connection_count_.load(std::memory_order_relaxed);
  if (count > options_.connections_max && !make_room()) evict_of_largest(bucket);
}

Evictable Streams::evictable() {
  if (connection_count_.load(std::memory_order_relaxed) < options_.connections_max) return {};
  const bool has_idle = list_of(Deadline::idle).oldest() != nullptr ||
                        list_of(Deadline::no_peers).oldest() != nullptr;
  if (has_idle || unproven_.victim(now_ns_, grace_ns) != nullptr) return {.for_anybody = true};
  const limits::EvictionQueue::Largest largest = proven_.largest();
  if (largest.count < largest_count_min()) return {};
  return {.for_all_but = largest.oldest->bucket};
}

void Streams::leave_address(Stream& stream) {
  if (const auto client = std::exchange(stream.counted_as_, std::nullopt)) {
    options_.addresses->leave(*client);
  }
}

// Then admit() says whose it is, if the proxy does.
bool Streams::is_of_proxy(const std::optional<ClientAddress>& client) const {
  if (options_.peers_are_proxies) return true;
  return options_.proxies != nullptr && (!client || options_.proxies->contains(*client));
}

// One more, if the limit allows or one of this worker is evicted; or one of another, meanwhile a
// few more than may be are open.
bool Streams::count_in(std::uint16_t bucket) {
  const std::uint32_t before = connection_count_.fetch_add(1, std::memory_order_relaxed);
  if (before < options_.connections_max) return true;
  options_.limit_reached(CloseReason::over_limit);
  if (make_room() || evict_of_largest(bucket)) return true;
  const std::uint32_t few = std::max(8U, options_.connections_max / 16);
  if (before < options_.connections_max + few && user_.make_room_elsewhere(bucket)) return true;
  count_out();
  return false;
}

// Without a Stream: these may be many.
void Streams::refuse(int fd, CloseReason reason) {
  ring_.close_stream(fd, true);
  metrics_.count_closed(reason);
}

Stream& Streams::acquire_stream() {
  if (free_.empty()) {
    const std::uint32_t begin = streams_.size();
    streams_.grow_beyond(begin);
    for (std::uint32_t index = streams_.size(); index > begin; --index) {
      streams_[index - 1].index = index - 1;
      free_.push_back(index - 1);
    }
  }
  Stream& stream = streams_[free_.back()];
  free_.pop_back();
  stream.begin();
  ++open_count_;
  return stream;
}

// Those who do not read their answers come last: a network may stall for a moment.
bool Streams::make_room() {
  constexpr auto reason = CloseReason::evicted;
  constexpr std::uint64_t stalled_ns = 1'000'000'000;
  return close_oldest(Deadline::farewell, reason) || evict_unproven() ||
         close_oldest(Deadline::idle, reason) || close_oldest(Deadline::no_peers, reason) ||
         close_oldest(Deadline::request, reason, {.age_min_ns = grace_ns}) ||
         close_oldest(Deadline::write, reason, {.age_min_ns = stalled_ns});
}

bool Streams::evict_unproven() {
  limits::EvictionQueue::Member* member = unproven_.victim(now_ns_, grace_ns);
  if (member == nullptr) return false;
  close(static_cast<Stream&>(*member), CloseReason::evicted);
  return true;
}

// The last resort: one client has a quarter of all places or more, and another wants one.
bool Streams::evict_of_largest(std::uint16_t newcomer_bucket) {
  const limits::EvictionQueue::Largest largest = proven_.largest();
  if (largest.count < largest_count_min()) return false;
  if (largest.oldest->bucket == newcomer_bucket) return false;
  close(static_cast<Stream&>(*largest.oldest), CloseReason::evicted);
  return true;
}

bool Streams::close_oldest(Deadline deadline, CloseReason reason, const Spared& spared) {
  DeadlineList& list = list_of(deadline);
  DeadlineLink* link = list.oldest();
  if (link != nullptr && link == spared.stream) link = list.after(*link);
  if (link == nullptr || list.set_at(*link) + spared.age_min_ns > now_ns_) return false;
  close(static_cast<Stream&>(*link), reason, deadline == Deadline::write);
  return true;
}

void Streams::mark_closed(Stream& stream) {
  DCHECK(stream.open && stream.has_user_);
  stream.open = false;
  queue_of(stream).remove(stream);
  closed_.push_back(stream.index);
}

void Streams::finish(Stream& stream, CloseReason reason) {
  if (!stream.open) return;
  mark_closed(stream);
  stream.state_ = Stream::State::finishing;
  stream.reason_ = reason;
  stream.paused_ = stream.detaching_ = false;
  arm_receive(stream);
  if (has_output(stream)) return;
  release_slot(stream);
  say_farewell(stream);
}

// Closing at once could reset the connection, and the client lose its answer, if it still sends.
void Streams::say_farewell(Stream& stream) {
  if (stream.ended) return close(stream, stream.reason_);
  ring_.finish_sending(stream.fd_.get());
  stream.state_ = Stream::State::farewell;
  begin_deadline(stream, Deadline::farewell);
}

void Streams::close(Stream& stream, CloseReason reason, bool reset) {
  if (stream.state_ == Stream::State::closing) return;
  if (stream.state_ != Stream::State::farewell) stream.reason_ = reason;
  if (stream.open) mark_closed(stream);
  DeadlineList::remove(stream);
  stream.state_ = Stream::State::closing;
  stream.reset_ = reset;
  ++closing_count_;
  count_out();
  const auto cancel = [&](Operation operation) {
    ring_.cancel(token_of(operation, stream.index, stream.generation_));
  };
  if (stream.receiving_) cancel(Operation::receive);
  if (stream.sending_) cancel(Operation::send);
  close_if_quiet(stream);
}

void Streams::release_closed() {
  // on_close() may close others.
  for (std::size_t i = 0; i < closed_.size(); ++i) {
    Stream& stream = streams_[closed_[i]];
    DCHECK(!stream.open && stream.has_user_);
    user_.on_close(stream);
    stream.has_user_ = false;
    if (stream.state_ == Stream::State::closing) close_if_quiet(stream);
  }
  closed_.clear();
}

// The end, if no operation is under way and the user knows.
void Streams::close_if_quiet(Stream& stream) {
  if (stream.receiving_ || stream.sending_ || stream.has_user_) return;
  ring_.close_stream(stream.fd_.release(), stream.reset_);
  stream.output_size_ = 0;
  release_slot(stream);
  leave_address(stream);
  metrics_.count_closed(stream.reason_);
  --closing_count_;
  accept_after_ns_ = 0;  // a descriptor is there again
  free_stream(stream);
}

void Streams::free_stream(Stream& stream) {
  stream.open = stream.has_user_ = false;
  stream.state_ = Stream::State::free;
  ++stream.generation_;
  free_.push_back(stream.index);
  --open_count_;
}

}  // namespace gyre::connection
