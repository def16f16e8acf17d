#include "common/ring/ring_restrictions.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <span>

namespace gyre::ring {
namespace {

io_uring_restriction operation(io_uring_op code) {
  io_uring_restriction allowed{};
  allowed.opcode = IORING_RESTRICTION_SQE_OP;
  allowed.sqe_op = static_cast<std::uint8_t>(code);
  return allowed;
}

io_uring_restriction registration(unsigned code) {
  io_uring_restriction allowed{};
  allowed.opcode = IORING_RESTRICTION_REGISTER_OP;
  allowed.register_op = static_cast<std::uint8_t>(code);
  return allowed;
}

io_uring_restriction entry_flags(unsigned flags) {
  io_uring_restriction allowed{};
  allowed.opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
  allowed.sqe_flags = static_cast<std::uint8_t>(flags);
  return allowed;
}

// By the system call: Debian 12's liburing declares functions for this, but does not export them.
// Returns 0, or an errno.
int registered(const io_uring& ring, unsigned code, std::span<io_uring_restriction> arguments) {
  const long result = ::syscall(SYS_io_uring_register, ring.ring_fd, code, arguments.data(),
                                static_cast<unsigned>(arguments.size()));
  return result < 0 ? errno : 0;
}

}  // namespace

// What ring.cpp, ring_impl.hpp and ring_operations.cpp use.
int restrict_and_enable(const io_uring& ring) {
  std::array allowed = {
      operation(IORING_OP_ACCEPT),
      operation(IORING_OP_ASYNC_CANCEL),
      operation(IORING_OP_MSG_RING),
      operation(IORING_OP_POLL_ADD),
      operation(IORING_OP_RECV),
      operation(IORING_OP_RECVMSG),
      operation(IORING_OP_SEND),
      operation(IORING_OP_SENDMSG),
      entry_flags(IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT | IOSQE_CQE_SKIP_SUCCESS),
      registration(IORING_REGISTER_FILES),
      registration(IORING_UNREGISTER_FILES),
      registration(IORING_REGISTER_PBUF_RING),
      registration(IORING_REGISTER_RING_FDS),
      registration(IORING_UNREGISTER_RING_FDS),
  };
  const int error_number = registered(ring, IORING_REGISTER_RESTRICTIONS, allowed);
  return error_number != 0 ? error_number : registered(ring, IORING_REGISTER_ENABLE_RINGS, {});
}

}  // namespace gyre::ring
