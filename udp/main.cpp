// The program gyre_udp.
#include "common/tracker/run.hpp"
#include "udp/config.hpp"
#include "udp/tracker.hpp"

int main(int argc, char** argv) {
  using namespace gyre;
  return tracker::tracker_main<udp::Tracker, udp::Config>(argc, argv, udp::program_info());
}
