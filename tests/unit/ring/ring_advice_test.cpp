#include "common/ring/ring_advice.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace gyre::ring {
namespace {

struct Case {
  const char* name;
  int error_number;
  HostFacts facts;
  const char* sentence;
};

const Case cases[] = {
    {"switched off",
     EPERM,
     {.kernel_release = "6.6.0", .io_uring_disabled = 2},
     "io_uring cannot be set up (Operation not permitted): io_uring is switched off on this host; "
     "allow it with: sysctl -w kernel.io_uring_disabled=0"},
    {"for the privileged",
     EPERM,
     {.kernel_release = "6.6.0", .io_uring_disabled = 1},
     "io_uring cannot be set up (Operation not permitted): io_uring is kept for privileged "
     "processes on this host; start as root, or allow it with: sysctl -w "
     "kernel.io_uring_disabled=0"},
    {"forbidden though not switched off",
     EPERM,
     {.kernel_release = "6.6.0", .io_uring_disabled = 0},
     "io_uring cannot be set up (Operation not permitted): a seccomp filter forbids io_uring, as "
     "container engines do by default; allow the system calls io_uring_setup, io_uring_enter and "
     "io_uring_register (Docker: a seccomp profile with them, or --security-opt "
     "seccomp=unconfined)"},
    {"forbidden by a kernel without the switch",
     EACCES,
     {.kernel_release = "6.1.0"},
     "io_uring cannot be set up (Permission denied): a seccomp filter forbids io_uring, as "
     "container engines do by default; allow the system calls io_uring_setup, io_uring_enter and "
     "io_uring_register (Docker: a seccomp profile with them, or --security-opt "
     "seccomp=unconfined)"},
    {"missing",
     ENOSYS,
     {.kernel_release = "4.19.0-26-amd64"},
     "io_uring cannot be set up (Function not implemented): this kernel has no io_uring, or a "
     "seccomp filter hides it; Linux 6.1 or newer with CONFIG_IO_URING is needed, this is "
     "4.19.0-26-amd64"},
    {"too old",
     EINVAL,
     {.kernel_release = "5.10.0-31-amd64"},
     "io_uring cannot be set up (Invalid argument): Linux 6.1 or newer is needed, this is "
     "5.10.0-31-amd64"},
    {"memory",
     ENOMEM,
     {.kernel_release = "6.1.0", .memlock_kib = 64},
     "io_uring cannot be set up (Cannot allocate memory): too little memory may be locked "
     "(RLIMIT_MEMLOCK is 64 KiB); raise it with ulimit -l unlimited, or LimitMEMLOCK=infinity in "
     "the systemd unit, or lower network.ring_size"},
    {"memory without a limit",
     ENOMEM,
     {.kernel_release = "6.1.0"},
     "io_uring cannot be set up (Cannot allocate memory): too little memory may be locked; raise "
     "it with ulimit -l unlimited, or LimitMEMLOCK=infinity in the systemd unit, or lower "
     "network.ring_size"},
    {"files of the process",
     EMFILE,
     {},
     "io_uring cannot be set up (Too many open files): too few file descriptors; raise the limit "
     "with ulimit -n, or LimitNOFILE= in the systemd unit"},
    {"files of the system",
     ENFILE,
     {},
     "io_uring cannot be set up (Too many open files in system): too few file descriptors; raise "
     "the limit with ulimit -n, or LimitNOFILE= in the systemd unit"},
    {"anything else",
     EIO,
     {.kernel_release = "6.1.0"},
     "io_uring cannot be set up (Input/output error): this is kernel 6.1.0"},
};

TEST(RingAdvice, EverySentence) {
  for (const Case& row : cases) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(ring_setup_error(row.error_number, row.facts), row.sentence);
  }
}

TEST(RingAdvice, MessagesBetweenRings) {
  EXPECT_EQ(ring_message_error(EINVAL, {.kernel_release = "6.0.0"}),
            "workers cannot wake each other by io_uring (Invalid argument): messages between rings "
            "(IORING_OP_MSG_RING) need Linux 6.1 or newer, this is 6.0.0");
}

TEST(RingAdvice, ReadsTheKernelRelease) {
  EXPECT_FALSE(host_facts().kernel_release.empty());
}

}  // namespace
}  // namespace gyre::ring
