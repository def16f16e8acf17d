// The program gyre_ws.
#include "common/tracker/run.hpp"
#include "ws/config.hpp"
#include "ws/tracker.hpp"

int main(int argc, char** argv) {
  using namespace gyre;
  return tracker::tracker_main<ws::Tracker, ws::Config>(argc, argv, ws::program_info());
}
