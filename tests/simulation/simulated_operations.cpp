#include "tests/simulation/simulated_ring_impl.hpp"

namespace gyre::ring {

void Ring::receive_datagrams(std::uint32_t file_index, msghdr* shape, std::uint64_t token) {
  CHECK(file_index < impl_->file_count);
  impl_->queued_receives.push_back({file_index, shape, token});
}

void Ring::send_now(std::uint32_t file_index, const msghdr& message, std::uint64_t token) {
  CHECK(file_index < impl_->file_count);
  impl_->queued_sends.push_back({&message, token, false});
}

void Ring::send_when_possible(std::uint32_t file_index, const msghdr& message,
                              std::uint64_t token) {
  CHECK(file_index < impl_->file_count);
  impl_->queued_sends.push_back({&message, token, true});
}

void Ring::accept_connections(std::uint32_t file_index, std::uint64_t token) {
  CHECK(file_index < impl_->file_count);
  impl_->queued_streams.emplace_back([impl = impl_.get(), file_index, token] {
    impl->kernel.streams.arm(simulation::Streams::Accept{impl->id, file_index, token});
  });
}

void Ring::receive_stream(int fd, std::uint64_t token) {
  impl_->queued_streams.emplace_back([impl = impl_.get(), fd, token] {
    impl->kernel.streams.arm(simulation::Streams::Receive{impl->id, fd, token});
  });
}

void Ring::send_stream(int fd, std::span<const std::byte> bytes, std::uint64_t token, bool) {
  impl_->queued_streams.emplace_back([impl = impl_.get(), fd, bytes, token] {
    impl->kernel.streams.send({impl->id, fd, bytes, token});
  });
}

std::optional<net::SocketAddress> Ring::peer_of(int fd) const {
  return impl_->kernel.streams.peer_of(fd);
}

void Ring::finish_sending(int fd) {
  impl_->kernel.streams.finish_sending(fd);
}

void Ring::close_stream(int fd, bool reset) {
  impl_->kernel.streams.close(fd, reset);
}

void Ring::poll_readable(int fd, std::uint64_t token) {
  impl_->poll = {fd, token};
}

RingId Ring::id() const {
  return impl_->id;
}

void Ring::send_message(RingId ring, std::uint64_t token, std::uint64_t own_token) {
  impl_->queued_streams.emplace_back(
      [impl = impl_.get(), ring, token, own_token] { impl->send_message(ring, token, own_token); });
}

void Ring::cancel(std::uint64_t token) {
  const auto cancelled = std::erase_if(
      impl_->armed, [token](const Impl::Receive& receive) { return receive.token == token; });
  if (cancelled > 0) impl_->complete(token, -ECANCELED);
  impl_->queued_streams.emplace_back(
      [impl = impl_.get(), token] { impl->kernel.streams.cancel(token, impl->stream_hooks()); });
}

}  // namespace gyre::ring
