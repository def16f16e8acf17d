// gyre_udp_load_test: from the command line to a report and an exit status.
#include "load-test/program.hpp"
#include "load-test/udp/config.hpp"
#include "load-test/udp/run.hpp"

int main(int argc, char** argv) {
  return gyre::load_test::program<gyre::udp_load::Config>(
      argc, argv, gyre::udp_load::program_info(), gyre::udp_load::run);
}
