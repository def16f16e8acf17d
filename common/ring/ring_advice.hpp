// Error texts that tell an operator why an io_uring could not be set up, and what to do. Pure: the
// facts about the host are arguments, so that every sentence can be tested.
#pragma once

#include <optional>
#include <string>

namespace gyre::ring {

struct HostFacts {
  std::string kernel_release = {};                // "6.1.0-18-amd64"
  std::optional<int> io_uring_disabled = {};      // /proc/sys/kernel/io_uring_disabled
  std::optional<unsigned long> memlock_kib = {};  // RLIMIT_MEMLOCK; nullopt: unlimited
};

HostFacts host_facts();

std::string ring_setup_error(int error_number, const HostFacts& facts);
// For messages between rings (IORING_OP_MSG_RING).
std::string ring_message_error(int error_number, const HostFacts& facts);

}  // namespace gyre::ring
