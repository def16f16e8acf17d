// The program gyre_http.
#include "common/tracker/run.hpp"
#include "http/config.hpp"
#include "http/tracker.hpp"

int main(int argc, char** argv) {
  using namespace gyre;
  return tracker::tracker_main<http::Tracker, http::Config>(argc, argv, http::program_info());
}
