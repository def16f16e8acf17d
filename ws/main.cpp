// gyre_ws: a tracker's main with the settings and the tracker of WebTorrent.
#include "common/tracker/run.hpp"
#include "ws/config.hpp"
#include "ws/tracker.hpp"

int main(int argc, char** argv) {
  using namespace gyre;
  return tracker::tracker_main<ws::Tracker, ws::Config>(argc, argv, ws::program_info());
}
