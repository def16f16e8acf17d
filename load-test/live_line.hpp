// The line on standard error that says how a run goes. It overwrites itself on a terminal;
// elsewhere each line stays.
#pragma once

#include <unistd.h>

#include <iostream>
#include <string>
#include <utility>

namespace gyre::load_test {

class LiveLine {
 public:
  void show(const std::string& line) {
    if (on_terminal_) std::cerr << '\r' << line << "\x1b[K" << std::flush;
    if (!on_terminal_) std::cerr << line << '\n';
    shown_ = true;
  }
  void end() {
    if (on_terminal_ && std::exchange(shown_, false)) std::cerr << '\n';
  }

 private:
  bool on_terminal_ = ::isatty(STDERR_FILENO) != 0;
  bool shown_ = false;
};

}  // namespace gyre::load_test
