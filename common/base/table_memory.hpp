// Zeroed memory that grows and shrinks in place where it can: small pieces from malloc, large ones
// as mappings of their own, whose pages the kernel moves without copying and takes back at once.
// What grows beyond a huge page then begins like one, so that it can be put on such.
#pragma once

#include <cstddef>

namespace gyre {

// Makes `memory` (null, or of an earlier call) `new_size` bytes long and returns it, perhaps moved;
// what is beyond `old_size` is zero. `new_size` 0 frees. Ends the process when memory is out, which
// no request can survive: budgets are there to prevent it.
void* resize_zeroed(void* memory, std::size_t old_size, std::size_t new_size);

}  // namespace gyre
