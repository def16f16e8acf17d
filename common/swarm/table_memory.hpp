// Zeroed memory that grows and shrinks in place where it can: small pieces from malloc, large ones
// as mappings of their own, whose pages the kernel moves without copying and takes back at once.
// Between OpenTable and the system.
#pragma once

#include <cstddef>

namespace gyre::swarm {

// Makes `memory` (null, or of an earlier call) `new_size` bytes long and returns it, perhaps moved;
// what is beyond `old_size` is zero. `new_size` 0 frees. Ends the process when memory is out, which
// no request can survive: budgets are there to prevent it.
void* resize_zeroed(void* memory, std::size_t old_size, std::size_t new_size);

// Whether the system allows huge pages. Reads below /sys: ask before privileges are dropped.
bool huge_pages_are_allowed();

// Puts as much of that memory as fills huge pages on such (2 MiB), so that far fewer addresses miss
// the processor's cache of them. From any thread, also while the memory is used, resized or freed.
// Takes some 100 us for each page that is new, which other threads hardly notice; if the system
// has none, or the kernel is older than 6.1, nothing happens.
void gather_on_huge_pages(const void* memory, std::size_t size);

}  // namespace gyre::swarm
