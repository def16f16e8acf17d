#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/net/socket_name.hpp"
#include "common/ring/ring.hpp"
#include "common/ring/ring_impl.hpp"

namespace gyre::ring {

void Ring::receive_datagrams(std::uint32_t file_index, msghdr* shape, std::uint64_t token) {
  io_uring_sqe* entry = impl_->next_entry();
  DCHECK(impl_->buffers && token != ignored_token);
  io_uring_prep_recvmsg_multishot(entry, static_cast<int>(file_index), shape, 0);
  entry->buf_group = buffer_group;
  io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT);
  io_uring_sqe_set_data64(entry, token);
}

void Ring::send_now(std::uint32_t file_index, const msghdr& message, std::uint64_t token) {
  impl_->send(file_index, message, token, MSG_DONTWAIT, IOSQE_CQE_SKIP_SUCCESS);
}

void Ring::send_when_possible(std::uint32_t file_index, const msghdr& message,
                              std::uint64_t token) {
  impl_->send(file_index, message, token, 0, 0);
}

void Ring::accept_connections(std::uint32_t file_index, std::uint64_t token) {
  io_uring_sqe* entry = impl_->next_entry();
  // Not SOCK_NONBLOCK: on such a socket operations fail instead of waiting.
  io_uring_prep_multishot_accept(entry, static_cast<int>(file_index), nullptr, nullptr,
                                 SOCK_CLOEXEC);
  io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE);
  io_uring_sqe_set_data64(entry, token);
}

void Ring::receive_stream(int fd, std::uint64_t token) {
  io_uring_sqe* entry = impl_->next_entry();
  DCHECK(fd >= 0 && impl_->buffers && token != ignored_token);
  io_uring_prep_recv_multishot(entry, fd, nullptr, 0, 0);
  entry->buf_group = buffer_group;
  io_uring_sqe_set_flags(entry, IOSQE_BUFFER_SELECT);
  io_uring_sqe_set_data64(entry, token);
}

void Ring::send_stream(int fd, std::span<const std::byte> bytes, std::uint64_t token,
                       bool is_last) {
  io_uring_sqe* entry = impl_->next_entry();
  DCHECK(fd >= 0 && !bytes.empty() && token != ignored_token);
  const int flags = MSG_NOSIGNAL | MSG_WAITALL | (is_last ? MSG_MORE : 0);
  io_uring_prep_send(entry, fd, bytes.data(), bytes.size(), flags);
  io_uring_sqe_set_data64(entry, token);
}

std::optional<net::SocketAddress> Ring::peer_of(int fd) const {
  net::SocketName name;
  if (::getpeername(fd, name.get(), &name.size) != 0) return std::nullopt;
  return net::socket_address_in(name);
}

void Ring::finish_sending(int fd) {
  ::shutdown(fd, SHUT_WR);  // fails if the peer has gone, which receiving reports
}

void Ring::close_stream(int fd, bool reset) {
  DCHECK(fd >= 0);
  if (reset) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};  // close(2) sends a reset
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ::close(fd);
}

void Ring::poll_readable(int fd, std::uint64_t token) {
  io_uring_sqe* entry = impl_->next_entry();
  DCHECK(fd >= 0 && token != ignored_token);
  io_uring_prep_poll_add(entry, fd, POLLIN);
  io_uring_sqe_set_data64(entry, token);
}

RingId Ring::id() const {
  return impl_->ring.ring_fd;
}

void Ring::send_message(RingId ring, std::uint64_t token, std::uint64_t own_token) {
  io_uring_sqe* entry = impl_->next_entry();
  DCHECK(ring >= 0 && token != ignored_token && own_token != ignored_token);
  io_uring_prep_msg_ring(entry, ring, 0, token, 0);
  io_uring_sqe_set_flags(entry, IOSQE_CQE_SKIP_SUCCESS);
  io_uring_sqe_set_data64(entry, own_token);
}

void Ring::cancel(std::uint64_t token) {
  io_uring_sqe* entry = impl_->next_entry();
  io_uring_prep_cancel64(entry, token, 0);
  io_uring_sqe_set_flags(entry, IOSQE_CQE_SKIP_SUCCESS);
  io_uring_sqe_set_data64(entry, ignored_token);
}

}  // namespace gyre::ring
