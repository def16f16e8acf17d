#include "common/process/signals.hpp"

#include <pthread.h>
#include <sys/signalfd.h>

#include <csignal>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/text.hpp"

namespace gyre::process {
namespace {

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = handled_signals();
  CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  CHECK(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}

std::expected<SignalFd, std::string> SignalFd::create() {
  const sigset_t set = handled_signals();
  Fd fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return std::unexpected("cannot create a signalfd: " + errno_text());
  return SignalFd(std::move(fd));
}

std::optional<int> SignalFd::next() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace gyre::process
