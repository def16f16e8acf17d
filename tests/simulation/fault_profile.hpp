// Sets of faults for the connections of the kernel in memory, which tests go through one by one.
#pragma once

#include "tests/simulation/simulated_ring.hpp"

namespace gyre::simulation {

struct FaultProfile {
  const char* name;
  StreamFaults streams;
  Faults ring;
  std::size_t send_room = 4000;  // of a socket, in bytes
};

inline constexpr FaultProfile calm{
    .name = "calm", .streams = {}, .ring = {}, .send_room = 1'000'000};

inline constexpr FaultProfile everything{
    .name = "everything",
    .streams = {.accept_ends = 100,
                .receive_ends = 200,
                .receive_short = 500,
                .receive_late = 200,
                .end_with_buffer = 300,
                .send_waits_on = 400},
    .ring = {.completions_held = 200, .message_late = 300, .message_fails = 100, .reordered = true},
    .send_room = 1000};

inline constexpr FaultProfile fault_profiles[] = {
    {"calm, with little room", {}, {}},
    {"pieces", {.receive_short = 900, .receive_late = 200}, {}},
    {"multishots end", {.accept_ends = 300, .receive_ends = 300}, {}},
    {"clients hardly read", {.send_waits_on = 700}, {}, 100},
    {"messages are late", {.receive_short = 300}, {.message_late = 700, .message_fails = 300}},
    everything,
};

inline void set_faults(Kernel& kernel, const FaultProfile& profile) {
  kernel.streams.faults = profile.streams;
  kernel.streams.send_room = profile.send_room;
  kernel.faults = profile.ring;
}

}  // namespace gyre::simulation
