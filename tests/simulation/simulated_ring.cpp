#include "tests/simulation/simulated_ring.hpp"

#include "tests/simulation/simulated_ring_impl.hpp"

namespace gyre::simulation {
namespace {

Kernel* the_kernel = nullptr;

}  // namespace

Kernel::Kernel(std::uint64_t seed) : random(seed) {
  CHECK(the_kernel == nullptr);
  the_kernel = this;
}

Kernel::~Kernel() {
  the_kernel = nullptr;
}

std::size_t Kernel::waiting_datagrams() const {
  std::size_t count = 0;
  for (const auto& [index, queue] : sockets) count += queue.size();
  return count;
}

}  // namespace gyre::simulation

namespace gyre::ring {

bool Completion::more() const {
  return (flags & more_flag) != 0;
}

std::optional<std::uint16_t> Completion::buffer_id() const {
  if ((flags & buffer_flag) == 0) return std::nullopt;
  return static_cast<std::uint16_t>(flags >> 16);
}

std::expected<Ring, std::string> Ring::create(const RingOptions& options) {
  CHECK(simulation::the_kernel != nullptr);
  std::unique_ptr<Impl> impl(new Impl{.kernel = *simulation::the_kernel,
                                      .completion_entries = options.completion_entries});
  impl->kernel.messages[impl->id];
  return Ring(std::move(impl));
}

Ring::Ring(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ring::Ring(Ring&&) noexcept = default;
Ring& Ring::operator=(Ring&&) noexcept = default;
Ring::~Ring() = default;

std::expected<void, std::string> Ring::check_messages() {
  return {};
}

std::expected<void, std::string> Ring::register_files(std::span<const int> fds) {
  impl_->file_count = fds.size();
  return {};
}

std::expected<void, std::string> Ring::register_buffers(std::uint32_t) {
  return {};
}

void Ring::provide_buffer(std::uint16_t buffer_id, std::span<std::byte> bytes) {
  for (const auto& buffer : impl_->buffers) CHECK(buffer.id != buffer_id);
  for (const auto& buffer : impl_->unpublished) CHECK(buffer.id != buffer_id);
  impl_->unpublished.push_back({buffer_id, bytes});
}

void Ring::publish_buffers() {
  impl_->buffers.insert(impl_->buffers.end(), impl_->unpublished.begin(), impl_->unpublished.end());
  impl_->unpublished.clear();
  impl_->count_buffers(impl_->buffers.size());
}

std::expected<void, int> Ring::submit() {
  for (const auto& send : std::exchange(impl_->queued_sends, {})) impl_->begin(send);
  for (const auto& receive : std::exchange(impl_->queued_receives, {})) {
    for (const auto& armed : impl_->armed) CHECK(armed.token != receive.token);
    impl_->armed.push_back(receive);
  }
  for (const auto& operation : std::exchange(impl_->queued_streams, {})) operation();
  return {};
}

std::expected<void, int> Ring::wait(std::uint64_t) {
  if (const auto submitted = submit(); !submitted) return submitted;
  impl_->arrived.insert(impl_->arrived.begin(), impl_->held.begin(), impl_->held.end());
  impl_->held.clear();
  impl_->finish_waiting_sends();
  impl_->receive_all();
  impl_->take_messages();
  impl_->kernel.streams.advance(impl_->stream_hooks());
  if (impl_->poll && impl_->poll->first == impl_->kernel.readable_fd) {
    impl_->complete(std::exchange(impl_->poll, std::nullopt)->second, 1);
  }
  if (impl_->kernel.faults.reordered) impl_->reorder();
  impl_->hold_some_back();
  impl_->count_buffers(impl_->buffers.size());
  return {};
}

std::span<const Completion> Ring::take_completions() {
  if (!impl_->held.empty()) ++impl_->kernel.overflows;
  impl_->taken = std::exchange(impl_->arrived, {});
  return impl_->taken;
}

std::uint64_t Ring::overflow_count() const {
  return impl_->kernel.overflows;
}

}  // namespace gyre::ring
