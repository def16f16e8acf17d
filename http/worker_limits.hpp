// The sizes of a worker's memory, and how they depend on those of the protocols. In bytes.
#pragma once

#include "common/connection/options.hpp"
#include "http/limits.hpp"

namespace gyre::http {

// What a send slot holds: the longest response, behind short ones to pipelined requests. Memory
// that is never written to costs nothing.
inline constexpr std::size_t send_slot_size = 2 * connection::slot_size_for(response_size_max);

static_assert(receive_buffer_size + connection::flight_size_max <= send_slot_size);

}  // namespace gyre::http
