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
     "cannot set up io_uring (Operation not permitted): io_uring is disabled on this host; enable "
     "it with: sysctl -w kernel.io_uring_disabled=0"},
    {"for the privileged",
     EPERM,
     {.kernel_release = "6.6.0", .io_uring_disabled = 1},
     "cannot set up io_uring (Operation not permitted): io_uring is restricted to privileged "
     "processes on this host; start as root, or allow it with: sysctl -w "
     "kernel.io_uring_disabled=0"},
    {"forbidden though not switched off",
     EPERM,
     {.kernel_release = "6.6.0", .io_uring_disabled = 0},
     "cannot set up io_uring (Operation not permitted): a seccomp filter blocks io_uring, as "
     "container engines do by default; allow the system calls io_uring_setup, io_uring_enter and "
     "io_uring_register (Docker: a seccomp profile with them, or --security-opt "
     "seccomp=unconfined)"},
    {"forbidden by a kernel without the switch",
     EACCES,
     {.kernel_release = "6.1.0"},
     "cannot set up io_uring (Permission denied): a seccomp filter blocks io_uring, as container "
     "engines do by default; allow the system calls io_uring_setup, io_uring_enter and "
     "io_uring_register (Docker: a seccomp profile with them, or --security-opt "
     "seccomp=unconfined)"},
    {"missing",
     ENOSYS,
     {.kernel_release = "4.19.0-26-amd64"},
     "cannot set up io_uring (Function not implemented): this kernel has no io_uring, or a seccomp "
     "filter hides it; Linux 6.1 or newer with CONFIG_IO_URING is needed, this is 4.19.0-26-amd64"},
    {"too old",
     EINVAL,
     {.kernel_release = "5.10.0-31-amd64"},
     "cannot set up io_uring (Invalid argument): Linux 6.1 or newer is needed, this is "
     "5.10.0-31-amd64"},
    {"memory",
     ENOMEM,
     {.kernel_release = "6.1.0", .memlock_kib = 64},
     "cannot set up io_uring (Cannot allocate memory): too little memory can be locked "
     "(RLIMIT_MEMLOCK is 64 KiB); raise it with ulimit -l unlimited, or LimitMEMLOCK=infinity in "
     "the systemd unit, or lower network.ring_size"},
    {"memory without a limit",
     ENOMEM,
     {.kernel_release = "6.1.0"},
     "cannot set up io_uring (Cannot allocate memory): too little memory can be locked; raise it "
     "with ulimit -l unlimited, or LimitMEMLOCK=infinity in the systemd unit, or lower "
     "network.ring_size"},
    {"files of the process",
     EMFILE,
     {},
     "cannot set up io_uring (Too many open files): too few file descriptors; raise the limit with "
     "ulimit -n, or LimitNOFILE= in the systemd unit"},
    {"files of the system",
     ENFILE,
     {},
     "cannot set up io_uring (Too many open files in system): too few file descriptors; raise the "
     "limit with ulimit -n, or LimitNOFILE= in the systemd unit"},
    {"anything else",
     EIO,
     {.kernel_release = "6.1.0"},
     "cannot set up io_uring (Input/output error): this is kernel 6.1.0"},
};

TEST(RingAdvice, EverySentence) {
  for (const Case& row : cases) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(ring_setup_error(row.error_number, row.facts), row.sentence);
  }
}

TEST(RingAdvice, MessagesBetweenRings) {
  EXPECT_EQ(ring_message_error(EINVAL, {.kernel_release = "6.0.0"}),
            "workers cannot wake each other through io_uring (Invalid argument): messages between "
            "rings (IORING_OP_MSG_RING) need Linux 6.1 or newer, this is 6.0.0");
}

TEST(RingAdvice, ReadsTheKernelRelease) {
  EXPECT_FALSE(host_facts().kernel_release.empty());
}

}  // namespace
}  // namespace gyre::ring
