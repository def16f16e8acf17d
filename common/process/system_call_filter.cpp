#include "common/process/system_call_filter.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/text.hpp"

namespace gyre::process {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t native_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t native_architecture = AUDIT_ARCH_AARCH64;
#else
#error "add the architecture, and what only it has to the table"
#endif

// What glibc, jemalloc, wolfSSL and the tracker itself call from serve() to the end.
constexpr auto allowed_calls = std::to_array<std::uint32_t>({
    // clang-format off
    // rings; they are created before
    SYS_io_uring_enter, SYS_io_uring_register,
    // descriptors: events, signals, the log, the service manager
    SYS_close, SYS_read, SYS_readv, SYS_write, SYS_writev, SYS_pread64, SYS_lseek, SYS_ppoll,
    SYS_fcntl,
    // sockets: connections, the metrics endpoint; none is created
    SYS_accept4, SYS_recvfrom, SYS_recvmsg, SYS_sendto, SYS_sendmsg, SYS_shutdown, SYS_getsockopt,
    SYS_setsockopt, SYS_getsockname, SYS_getpeername,
    // files that are read again, sockets that are removed
    SYS_openat, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_readlinkat, SYS_getdents64, SYS_unlinkat,
    // memory
    SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_mincore,
    // threads; clone() is below
    SYS_futex, SYS_exit, SYS_exit_group, SYS_set_robust_list, SYS_rseq, SYS_membarrier, SYS_gettid,
    SYS_getpid, SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_setaffinity, SYS_getcpu,
    // entering the sandbox
    SYS_prctl, SYS_landlock_restrict_self,
    // signals, and a core dump of abort()
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_tgkill,
    SYS_restart_syscall,
    // time, random numbers, figures of the process
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
    SYS_getrandom, SYS_prlimit64, SYS_getrusage, SYS_sysinfo, SYS_uname,
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
#ifdef __x86_64__
    SYS_open, SYS_stat, SYS_lstat, SYS_readlink, SYS_unlink, SYS_poll, SYS_time, SYS_getrlimit,
#endif
    // clang-format on
});

sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

sock_filter jump_if_equal(std::uint32_t value, std::uint8_t to, std::uint8_t otherwise) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, to, otherwise);
}

// Jumps if any of these bits is set.
sock_filter jump_if_set(std::uint32_t bits, std::uint8_t to, std::uint8_t otherwise) {
  return BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, to, otherwise);
}

sock_filter end(std::uint32_t action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}

// The kernel runs it once per call of the table and remembers that it is always allowed, so that a
// long table costs nothing later (Linux 5.11).
std::vector<sock_filter> program() {
  constexpr std::size_t count = allowed_calls.size();
  static_assert(count < 240, "a jump reaches 255 instructions");
  std::vector<sock_filter> code = {
      load(offsetof(seccomp_data, arch)),
      jump_if_equal(native_architecture, 1, 0),
      end(SECCOMP_RET_KILL_PROCESS),
      load(offsetof(seccomp_data, nr)),
  };
  // Threads are started, processes are not. The flags of clone3() are in memory, which a filter
  // cannot read; without it the C library calls clone().
  const auto others = std::to_array<sock_filter>({
      jump_if_equal(SYS_clone3, 0, 1),
      end(SECCOMP_RET_ERRNO | ENOSYS),
      jump_if_equal(SYS_clone, 0, 2),
      load(offsetof(seccomp_data, args)),  // the low half: both architectures are little-endian
      jump_if_set(CLONE_THREAD, 1, 0),
      end(SECCOMP_RET_ERRNO | EPERM),
      end(SECCOMP_RET_ALLOW),
  });
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t to_last = count - 1 - i + others.size() - 1;
    code.push_back(jump_if_equal(allowed_calls[i], static_cast<std::uint8_t>(to_last), 0));
  }
  code.insert(code.end(), others.begin(), others.end());
  return code;
}

}  // namespace

std::expected<void, std::string> filter_system_calls() {
  const auto failed = [](const std::string& why) {
    return std::unexpected("cannot filter system calls: " + why +
                           "; set privileges.system_call_filter = false to serve without");
  };
  std::vector<sock_filter> code = program();
  const sock_fprog filter{.len = static_cast<unsigned short>(code.size()), .filter = code.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed(errno_text());
  // SPEC_ALLOW: no mitigation against code of others, which does not run here; before Linux 5.16 it
  // would be turned on and cost every system call.
  constexpr unsigned flags =
      SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
  if (result > 0) return failed("thread " + std::to_string(result) + " has another filter");
  if (result < 0) return failed(errno_text());
  return {};
}

}  // namespace gyre::process
