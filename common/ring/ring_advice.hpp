// Why an io_uring could not be set up, in words that help an operator. Pure: the facts about the
// host are arguments, so that every sentence is tested.
#pragma once

#include <optional>
#include <string>

namespace gyre::ring {

struct HostFacts {
  std::string kernel_release = {};                // "6.1.0-18-amd64"
  std::optional<int> io_uring_disabled = {};      // /proc/sys/kernel/io_uring_disabled
  std::optional<unsigned long> memlock_kib = {};  // RLIMIT_MEMLOCK; nothing: unlimited
};

HostFacts host_facts();

std::string ring_setup_error(int error_number, const HostFacts& facts);
// Of messages between rings (IORING_OP_MSG_RING).
std::string ring_message_error(int error_number, const HostFacts& facts);

}  // namespace gyre::ring
