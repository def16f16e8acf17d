// gyre_udp: a tracker's main with the settings and the tracker of UDP.
#include "common/tracker/run.hpp"
#include "udp/config.hpp"
#include "udp/tracker.hpp"

int main(int argc, char** argv) {
  using namespace gyre;
  return tracker::main_of<udp::Tracker, udp::Config>(argc, argv, udp::program_info());
}
