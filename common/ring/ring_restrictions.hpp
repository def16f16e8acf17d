// What a ring refuses from its first operation on (IORING_REGISTER_RESTRICTIONS): everything that a
// Ring never asks for. Operations of a ring pass by system-call filters, so without this a ring
// would be a way around them: it could open files, connect and start timers.
#pragma once

#include <liburing.h>

namespace gyre::ring {

// Restricts the ring for good and enables it. Later, refused operations complete with -EACCES.
// Returns 0, or an errno. REQUIRES: it was created with IORING_SETUP_R_DISABLED, by this thread.
int restrict_and_enable(const io_uring& ring);

}  // namespace gyre::ring
