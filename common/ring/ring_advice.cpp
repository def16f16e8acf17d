#include "common/ring/ring_advice.hpp"

#include <sys/resource.h>
#include <sys/utsname.h>

#include <cerrno>
#include <fstream>

#include "common/base/text.hpp"

namespace gyre::ring {
namespace {

std::string advice_for(int error_number, const HostFacts& facts) {
  switch (error_number) {
    case EPERM:
    case EACCES:
      if (facts.io_uring_disabled.value_or(0) == 2) {
        return "io_uring is disabled on this host; enable it with: sysctl -w "
               "kernel.io_uring_disabled=0";
      }
      if (facts.io_uring_disabled.value_or(0) == 1) {
        return "io_uring is restricted to privileged processes on this host; start as root, or "
               "allow it with: sysctl -w kernel.io_uring_disabled=0";
      }
      return "a seccomp filter blocks io_uring, as container engines do by default; allow the "
             "system calls io_uring_setup, io_uring_enter and io_uring_register (Docker: a seccomp "
             "profile with them, or --security-opt seccomp=unconfined)";
    case ENOSYS:
      return "this kernel has no io_uring, or a seccomp filter hides it; Linux 6.1 or newer with "
             "CONFIG_IO_URING is needed, this is " +
             facts.kernel_release;
    case EINVAL:
      return "Linux 6.1 or newer is needed, this is " + facts.kernel_release;
    case ENOMEM:
      return "too little memory can be locked" +
             (facts.memlock_kib
                  ? " (RLIMIT_MEMLOCK is " + std::to_string(*facts.memlock_kib) + " KiB)"
                  : std::string()) +
             "; raise it with ulimit -l unlimited, or LimitMEMLOCK=infinity in the systemd unit, "
             "or "
             "lower network.ring_size";
    case EMFILE:
    case ENFILE:
      return "too few file descriptors; raise the limit with ulimit -n, or LimitNOFILE= in the "
             "systemd unit";
    default:
      return "this is kernel " + facts.kernel_release;
  }
}

}  // namespace

HostFacts host_facts() {
  HostFacts facts;
  utsname names{};
  if (::uname(&names) == 0) facts.kernel_release = names.release;
  int disabled = 0;
  if (std::ifstream("/proc/sys/kernel/io_uring_disabled") >> disabled) {
    facts.io_uring_disabled = disabled;
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    facts.memlock_kib = limit.rlim_cur / 1024;
  }
  return facts;
}

std::string ring_setup_error(int error_number, const HostFacts& facts) {
  return "cannot set up io_uring (" + errno_text(error_number) +
         "): " + advice_for(error_number, facts);
}

// IORING_OP_MSG_RING is from Linux 5.18; rings with the flags that workers use need 6.1.
std::string ring_message_error(int error_number, const HostFacts& facts) {
  return "workers cannot wake each other through io_uring (" + errno_text(error_number) +
         "): messages between rings (IORING_OP_MSG_RING) need Linux 6.1 or newer, this is " +
         facts.kernel_release;
}

}  // namespace gyre::ring
