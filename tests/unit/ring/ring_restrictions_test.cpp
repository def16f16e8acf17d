// What a restricted ring of the kernel refuses. That it takes all that a Ring does, the other tests
// of Ring show.
#include "common/ring/ring_restrictions.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>

namespace gyre::ring {
namespace {

class RingRestrictions : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(io_uring_queue_init(8, &ring_, IORING_SETUP_R_DISABLED), 0);
    ASSERT_EQ(restrict_and_enable(ring_), 0);
  }
  void TearDown() override { io_uring_queue_exit(&ring_); }

  io_uring_sqe* entry() { return io_uring_get_sqe(&ring_); }

  int result() {
    io_uring_submit(&ring_);
    io_uring_cqe* completion = nullptr;
    if (const int waited = io_uring_wait_cqe(&ring_, &completion); waited != 0) return waited;
    const int result = completion->res;
    io_uring_cqe_seen(&ring_, completion);
    return result;
  }

  io_uring ring_{};
};

TEST_F(RingRestrictions, NoFileIsOpened) {
  io_uring_prep_openat(entry(), AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
  EXPECT_EQ(result(), -EACCES);
}

TEST_F(RingRestrictions, NoSocketIsCreated) {
  io_uring_sqe* made = entry();
  io_uring_prep_rw(IORING_OP_SOCKET, made, AF_INET, nullptr, 0, SOCK_STREAM);
  EXPECT_EQ(result(), -EACCES);
}

TEST_F(RingRestrictions, NoChainOfOperations) {
  io_uring_sqe* linked = entry();
  io_uring_prep_poll_add(linked, ring_.ring_fd, 0);
  io_uring_sqe_set_flags(linked, IOSQE_IO_LINK);
  EXPECT_EQ(result(), -EACCES);
}

TEST_F(RingRestrictions, NoOtherRegistration) {
  EXPECT_EQ(io_uring_register_eventfd(&ring_, ring_.ring_fd), -EACCES);
}

TEST_F(RingRestrictions, WhatATrackerDoesGoesOn) {
  io_uring_prep_recv(entry(), -1, nullptr, 0, 0);
  EXPECT_EQ(result(), -EBADF);
}

}  // namespace
}  // namespace gyre::ring
