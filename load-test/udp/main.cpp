// gyre_udp_load_test: from the command line to a report and an exit status.
#include "load-test/program.hpp"
#include "load-test/udp/config.hpp"
#include "load-test/udp/run.hpp"

int main(int argc, char** argv) {
  return gyre::load_test::program<gyre::load_test::udp::Config>(
      argc, argv, gyre::load_test::udp::program_info(), gyre::load_test::udp::run);
}
