// gyre_ws_load_test: from the command line to a report and an exit status.
#include "load-test/program.hpp"
#include "load-test/ws/config.hpp"
#include "load-test/ws/run.hpp"

int main(int argc, char** argv) {
  return gyre::load_test::program<gyre::load_test::ws::Config>(
      argc, argv, gyre::load_test::ws::program_info(), gyre::load_test::ws::run);
}
