// gyre_http: a tracker's main with the settings and the tracker of HTTP.
#include "common/tracker/run.hpp"
#include "http/config.hpp"
#include "http/tracker.hpp"

int main(int argc, char** argv) {
  using namespace gyre;
  return tracker::main_of<http::Tracker, http::Config>(argc, argv, http::program_info());
}
