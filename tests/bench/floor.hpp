// What the floors have in common: servers that look at nothing and answer all the same, to show
// what the kernel's socket path allows. Between their mains and the system.
#pragma once

#include <signal.h>
#include <sys/signalfd.h>

#include <atomic>
#include <cstdlib>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "common/fd.hpp"
#include "common/socket_address.hpp"

namespace gyre::bench {

struct FloorArguments {
  SocketAddress address;
  std::size_t answer = 0;  // how long it is, in the floor's own unit
  std::size_t worker_count = 1;
};

// ADDRESS:PORT ANSWER [WORKERS]
inline std::optional<FloorArguments> parse_floor_arguments(std::span<char* const> words) {
  if (words.size() != 3 && words.size() != 4) return std::nullopt;
  const auto address = socket_address_from(words[1]);
  if (!address) return std::nullopt;
  FloorArguments arguments{.address = *address, .answer = std::strtoul(words[2], nullptr, 10)};
  if (words.size() == 4) arguments.worker_count = std::strtoul(words[3], nullptr, 10);
  const bool is_valid = arguments.worker_count > 0 && arguments.worker_count <= 1024;
  return is_valid ? std::optional(arguments) : std::nullopt;
}

// Readable when the floor is to stop. For the main thread, before it starts others: nobody else
// takes the signal.
inline Fd block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return Fd(signalfd(-1, &signals, SFD_CLOEXEC));
}

// A thread for each socket, until all have returned: 0, or what one of them returned instead.
template <class Socket, class Serve>
int serve_by_all(const std::vector<Socket>& sockets, Serve serve) {
  std::atomic<int> status = 0;
  std::vector<std::jthread> workers;
  for (const auto& socket : sockets) {
    workers.emplace_back([&] {
      if (const int failed = serve(socket)) status = failed;
    });
  }
  workers.clear();
  return status;
}

}  // namespace gyre::bench
