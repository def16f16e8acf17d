#include "udp/worker.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/numbers.hpp"
#include "common/base/text.hpp"
#include "common/ring/tokens.hpp"
#include "udp/limits.hpp"

namespace gyre::udp {
namespace {

using namespace std::chrono_literals;

constexpr auto idle_wait = 1s;
constexpr auto drain_wait = 1ms;
constexpr auto drain_time_max = 2s;
constexpr int close_turns_max = 100;

// Holds the longest legal scrape.
constexpr std::size_t receive_buffer_size =
    round_up(ring::receive_overhead + request_size_max, cache_line_size);

// Datagrams received per turn. With 128, gyre_udp takes 5 % more CPU time per response at 10,000
// torrents (documents/benchmarks/2026-11-30-memory.md); and the kernel frees the memory of
// datagrams on the core that they came by, interrupting it after a few dozen.
constexpr std::uint32_t receive_buffers_max = 32;

// How far ahead the peers of a swarm (in announces) and datagrams are prefetched.
constexpr std::size_t prefetch_distance = 6;
constexpr std::size_t datagram_distance = 2;

using ring::Operation;
using ring::operation_of;
using ring::token_of;

std::uint32_t receive_buffer_count(const WorkerOptions& options) {
  return std::min(options.ring_size, receive_buffers_max);
}

// Completions that can be outstanding: one for each buffer and slot, the last one of each receive,
// and the one of the stop descriptor.
ring::RingOptions ring_options(const WorkerOptions& options) {
  const auto sockets = static_cast<std::uint32_t>(options.sockets.size());
  constexpr std::uint32_t submission_entries = 256;  // the completion queue must not be smaller
  return {.submission_entries = submission_entries,
          .completion_entries = std::max(
              submission_entries,
              std::bit_ceil(options.ring_size + receive_buffer_count(options) + 2 * sockets + 8))};
}

std::unexpected<std::string> ring_failure(int error_number) {
  return std::unexpected("io_uring: " + errno_text(error_number));
}

}  // namespace

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(
    const WorkerOptions& options, Handler handler, const ProcessClock& clock,
    const swarm::SharedAccessList& access_list, WorkerMetrics& metrics) {
  auto ring = ring::Ring::create(ring_options(options));
  if (!ring) return std::unexpected(ring.error());
  std::unique_ptr<Worker> worker(
      new Worker(options, std::move(*ring), std::move(handler), clock, access_list, metrics));
  if (const auto ready = worker->set_up(); !ready) return std::unexpected(ready.error());
  return worker;
}

Worker::Worker(const WorkerOptions& options, ring::Ring ring, Handler handler,
               const ProcessClock& clock, const swarm::SharedAccessList& access_list,
               WorkerMetrics& metrics)
    : options_(options),
      slots_(ring_, options.ring_size, options.payload_size_max, token_of(Operation::send)),
      ring_(std::move(ring)),
      handler_(std::move(handler)),
      clock_(clock),
      access_list_(access_list),
      metrics_(metrics),
      overload_(options.kernel_drop_count, metrics) {
  pending_.reserve(receive_buffer_count(options));
}

std::expected<void, std::string> Worker::set_up() {
  std::vector<int> fds;
  for (const net::UdpSocket& socket : options_.sockets) {
    fds.push_back(socket.fd.get());
    overload_.watch(socket.fd.get(), socket.address.family());
    receives_.push_back({.shape = ring::receive_shape(socket.with_packet_info)});
  }
  if (auto registered = ring_.register_files(fds); !registered) return registered;
  auto buffers =
      ring::BufferRing::create(ring_, receive_buffer_count(options_), receive_buffer_size);
  if (!buffers) return std::unexpected(buffers.error());
  buffers_ = std::make_unique<ring::BufferRing>(std::move(*buffers));
  ring_.poll_readable(options_.stop_fd, token_of(Operation::stop));
  begin_turn(monotonic_ns());
  arm_receives();
  if (const auto submitted = ring_.submit(); !submitted) return ring_failure(submitted.error());
  return {};
}

std::expected<void, std::string> Worker::run() {
  while (!stopping_) {
    if (const auto turned = turn(idle_wait); !turned) return turned;
  }
  const auto deadline = std::chrono::steady_clock::now() + drain_time_max;
  while (!finished() && std::chrono::steady_clock::now() < deadline) {
    if (const auto turned = turn(drain_wait); !turned) return turned;
  }
  return close();
}

// Ends the receives, so that the sockets are free as soon as the process ends.
std::expected<void, std::string> Worker::close() {
  DCHECK(stopping_);
  closing_ = true;
  for (std::uint32_t index = 0; index < receives_.size(); ++index) {
    if (receives_[index].armed) ring_.cancel(token_of(Operation::receive, index));
  }
  const auto armed = [](const Receive& receive) { return receive.armed; };
  for (int turns = 0; turns < close_turns_max && std::ranges::any_of(receives_, armed); ++turns) {
    if (const auto turned = turn(drain_wait); !turned) return turned;
  }
  return {};
}

std::expected<void, std::string> Worker::turn(std::chrono::nanoseconds wait_max) {
  if (const auto waited = ring_.wait(static_cast<std::uint64_t>(wait_max.count())); !waited) {
    return ring_failure(waited.error());
  }
  const std::uint64_t begin_ns = monotonic_ns();
  begin_turn(begin_ns);
  const std::uint64_t overflows = ring_.overflow_count();
  const auto completions = ring_.take_completions();
  for (const ring::Completion& completion : completions) {
    if (operation_of(completion.token) == Operation::send) handle_send(completion);
  }
  // After an overflow the completion of a failed send may still be in the kernel's backlog.
  if (ring_.overflow_count() == overflows) slots_.settle();
  metrics_.ring_overflows.store(ring_.overflow_count(), std::memory_order_relaxed);
  for (std::size_t i = 0; i < completions.size(); ++i) {
    prefetch_datagram(completions, i + datagram_distance);
    const auto operation = operation_of(completions[i].token);
    if (operation == Operation::stop) stopping_ = true;
    if (operation != Operation::receive) continue;
    if (auto taken = take_receive(completions[i]); !taken) return taken;
  }
  for (const Pending& pending : pending_) prefetch_swarm(pending);
  for (std::size_t i = 0; i < std::min(pending_.size(), prefetch_distance); ++i) {
    prefetch_peers(pending_[i]);
  }
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (i + prefetch_distance < pending_.size()) prefetch_peers(pending_[i + prefetch_distance]);
    answer(pending_[i]);
  }
  overload_.count_turn(pending_.size(), responses_in_turn_, pending_.size() == pending_.capacity());
  pending_.clear();
  DCHECK(buffers_->leased_count() == 0);
  buffers_->publish();
  arm_receives();
  if (const auto submitted = ring_.submit(); !submitted) return ring_failure(submitted.error());
  if (responses_in_turn_ > 0) {
    metrics_.latency.record(monotonic_ns() - begin_ns, responses_in_turn_);
  }
  return {};
}

void Worker::begin_turn(std::uint64_t now_ns) {
  DCHECK(pending_.empty());
  responses_in_turn_ = 0;
  received_in_turn_ = false;
  handler_.set_time(clock_.seconds_at(now_ns), unix_seconds(), now_ns);
  if (auto list = access_list_.get_if_newer(access_list_version_)) {
    handler_.set_access_list(std::move(list));
  }
  if (options_.announce_interval != nullptr) {
    handler_.set_announce_interval(options_.announce_interval->load(std::memory_order_relaxed));
  }
  if (options_.deny_lists != nullptr) {
    auto lists = options_.deny_lists->get_if_newer(deny_lists_version_);
    if (lists) handler_.set_deny_lists(std::move(lists));
  }
  if (const auto level = overload_.next_interval(now_ns)) handler_.set_overload(*level);
}

// Starts with another one each time: the first has all buffers to itself.
void Worker::arm_receives() {
  const auto count = static_cast<std::uint32_t>(receives_.size());
  DCHECK(count > 0);
  const std::uint32_t first = arm_first_++ % count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t index = (first + i) % count;
    Receive& receive = receives_[index];
    if (receive.armed || closing_) continue;
    ring_.receive_datagrams(index, &receive.shape, token_of(Operation::receive, index));
    receive.armed = true;
  }
}

std::expected<void, std::string> Worker::take_receive(const ring::Completion& completion) {
  const std::uint32_t index = ring::index_of(completion.token);
  Receive& receive = receives_[index];
  DCHECK(index < receives_.size() && receives_[index].armed);
  received_in_turn_ = true;
  if (!completion.more()) receive.armed = false;
  if (completion.result == -ENOBUFS) {
    metrics_.receive_pauses.fetch_add(1, std::memory_order_relaxed);
  }
  if (completion.result < 0 && !net::is_passing(-completion.result)) {
    return std::unexpected("receiving on udp://" + to_string(options_.sockets[index].address) +
                           " failed: " + errno_text(-completion.result));
  }
  const auto buffer_id = completion.buffer_id();
  if (!buffer_id) return {};
  const std::size_t filled =
      completion.result < 0 ? 0 : static_cast<std::size_t>(completion.result);
  if (filled >= ring::payload_offset(receive.shape)) {
    DCHECK(pending_.size() < pending_.capacity());  // one for each buffer
    pending_.emplace_back(*this, *buffer_id, filled, index);
  } else {
    buffers_->lease(*buffer_id, filled);  // ends at once, which returns the buffer
  }
  return {};
}

Worker::Pending::Pending(Worker& worker, std::uint16_t buffer_id, std::size_t filled,
                         std::uint32_t file)
    : lease(worker.buffers_->lease(buffer_id, filled)),
      datagram(ring::received_in(lease.bytes(), worker.receives_[file].shape)),
      source(ring::source_of(datagram)),
      prepared(std::visit(
          [&](const auto& address) { return worker.handler_.prepare(datagram.payload, address); },
          source.address)),
      file_index(file) {}

void Worker::prefetch_datagram(std::span<const ring::Completion> completions,
                               std::size_t index) const {
  if (index >= completions.size()) return;
  if (const auto id = completions[index].buffer_id()) buffers_->prefetch(*id);
}

void Worker::prefetch_swarm(const Pending& pending) const {
  const auto& [lease, datagram, source, prepared, file_index] = pending;
  if (source.family() == Family::ipv4) {
    handler_.prefetch_swarm<Ipv4Address>(datagram.payload, prepared);
  } else {
    handler_.prefetch_swarm<Ipv6Address>(datagram.payload, prepared);
  }
}

void Worker::prefetch_peers(Pending& pending) const {
  auto& [lease, datagram, source, prepared, file_index] = pending;
  if (!prepared.should_prefetch_peers) return;
  std::visit(
      [&](const auto& address) {
        handler_.prefetch_peers(datagram.payload, prepared, PeerAddress{address, source.port});
      },
      source.address);
}

void Worker::answer(const Pending& pending) {
  const auto& [lease, datagram, source, prepared, file_index] = pending;
  const auto slot = slots_.acquire();
  if (!slot) return handler_.drop_without_reply_slot(datagram.payload, source.family());
  const auto out = slots_.payload(*slot);
  const std::size_t size = std::visit(
      [&](const auto& address) {
        return handler_.handle(datagram.payload, prepared, PeerAddress{address, source.port}, out);
      },
      source.address);
  DCHECK(size <= out.size());
  if (size == 0) {
    slots_.release(*slot);
    return;
  }
  slots_.send(*slot, size, datagram, file_index);
  ++responses_in_turn_;
}

void Worker::handle_send(const ring::Completion& completion) {
  const Family family = options_.sockets[slots_.file_index(completion)].address.family();
  const auto outcome = slots_.complete(completion);
  if (outcome == ring::ReplySlots::Outcome::delayed) metrics_.count(Counter::send_delayed, family);
  if (outcome == ring::ReplySlots::Outcome::failed) metrics_.count(Counter::send_failed, family);
}

}  // namespace gyre::udp
