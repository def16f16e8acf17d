// gyre_http_load_test: from the command line to a report and an exit status.
#include "load-test/http/config.hpp"
#include "load-test/http/run.hpp"
#include "load-test/program.hpp"

int main(int argc, char** argv) {
  return gyre::load_test::program<gyre::load_test::http::Config>(
      argc, argv, gyre::load_test::http::program_info(), gyre::load_test::http::run);
}
