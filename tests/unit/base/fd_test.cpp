#include "common/base/fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "common/base/event_fd.hpp"

namespace gyre {
namespace {

int open_null() {
  return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

TEST(Fd, ClosesAtTheEndOfItsScope) {
  int number = -1;
  {
    const Fd fd(open_null());
    number = fd.get();
    EXPECT_TRUE(fd);
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, NegativeNumbersOwnNothing) {
  EXPECT_FALSE(Fd());
  EXPECT_FALSE(Fd(-5));
  EXPECT_EQ(Fd(-5).get(), -1);
}

TEST(Fd, MovesItsDescriptor) {
  Fd from(open_null());
  const int number = from.get();
  Fd to(std::move(from));
  EXPECT_EQ(to.get(), number);
  EXPECT_FALSE(from);  // NOLINT(bugprone-use-after-move): that is what is tested

  Fd other(open_null());
  const int replaced = other.get();
  other = std::move(to);
  EXPECT_EQ(other.get(), number);
  EXPECT_TRUE(is_open(number));
  EXPECT_FALSE(is_open(replaced));
}

TEST(Fd, SurvivesSelfAssignment) {
  Fd fd(open_null());
  const int number = fd.get();
  Fd& alias = fd;
  fd = std::move(alias);
  EXPECT_EQ(fd.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(Fd, ReleaseLeavesItOpen) {
  Fd fd(open_null());
  const Fd taken(fd.release());
  EXPECT_FALSE(fd);
  EXPECT_TRUE(is_open(taken.get()));
}

TEST(Fd, ResetClosesUnlessItIsTheSame) {
  Fd fd(open_null());
  const int number = fd.get();
  fd.reset(number);
  EXPECT_TRUE(is_open(number));
  fd.reset();
  EXPECT_FALSE(is_open(number));
}

bool is_readable(int fd) {
  pollfd watched{fd, POLLIN, 0};
  return poll(&watched, 1, 0) == 1;
}

TEST(EventFd, IsReadableFromSignalToClear) {
  const auto event = EventFd::create();
  ASSERT_TRUE(event) << event.error();
  EXPECT_FALSE(is_readable(event->fd()));
  event->signal();
  event->signal();
  EXPECT_TRUE(is_readable(event->fd()));
  event->clear();
  EXPECT_FALSE(is_readable(event->fd()));
  event->clear();
  EXPECT_FALSE(is_readable(event->fd()));
}

}  // namespace
}  // namespace gyre
