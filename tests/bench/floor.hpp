// Shared parts of the floors: servers that answer without looking at requests, to show what the
// kernel's socket path allows.
#pragma once

#include <signal.h>
#include <sys/signalfd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/fd.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::bench {

struct FloorArguments {
  net::SocketAddress address;
  std::vector<std::size_t> answers;  // their sizes in turn, in the floor's unit
  std::size_t worker_count = 1;
};

// Parses "146,200,20"; nullopt for anything else.
inline std::vector<std::size_t> numbers_in(std::string_view text) {
  std::vector<std::size_t> numbers;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data();; ++at) {
    std::size_t number = 0;
    const auto [after, error] = std::from_chars(at, end, number);
    if (error != std::errc{}) return {};
    numbers.push_back(number);
    if (after == end) return numbers;
    if (*after != ',') return {};
    at = after;
  }
}

// ADDRESS:PORT ANSWER[,ANSWER...] [WORKERS]
inline std::optional<FloorArguments> parse_floor_arguments(std::span<char* const> words) {
  if (words.size() != 3 && words.size() != 4) return std::nullopt;
  const auto address = net::socket_address_from(words[1]);
  if (!address) return std::nullopt;
  FloorArguments arguments{.address = *address, .answers = numbers_in(words[2])};
  if (words.size() == 4) arguments.worker_count = std::strtoul(words[3], nullptr, 10);
  const bool is_valid =
      !arguments.answers.empty() && arguments.worker_count > 0 && arguments.worker_count <= 1024;
  return is_valid ? std::optional(arguments) : std::nullopt;
}

// A descriptor that becomes readable when the floor must stop. To be called by the main thread
// before it starts others, which inherit the signal mask.
inline Fd block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return Fd(signalfd(-1, &signals, SFD_CLOEXEC));
}

// Runs a thread for each socket until all have returned; 0, or the result of one that failed.
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
