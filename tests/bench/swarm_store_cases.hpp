// The cases of the benchmark of the swarms. Each runs in a process of its own, so that the memory
// of one does not show in another.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "swarm_store_rows.hpp"
#include "swarm_store_system.hpp"

namespace gyre::bench {

// What a case knows of the run, and where it leaves what it has measured.
struct CaseContext {
  double scale = 1;                     // of all numbers of peers; goals are for 1
  unsigned rounds = 7;                  // of what is measured by time,
  std::uint32_t announces = 1'000'000;  // and so many in each
  unsigned rest_s = 8;         // until the allocator has given back what it keeps for a while
  std::string lock_path = {};  // see MachineLock
  std::function<std::vector<Row>(const std::string& name)> run_other = {};
  std::string section = {};
  std::vector<Row> rows = {};

  std::uint32_t scaled(std::uint32_t count) const {
    return std::max(8U, static_cast<std::uint32_t>(count * scale));
  }
  // What is resident when the allocator has given back what it keeps for a while.
  double resident_at_rest() const {
    std::this_thread::sleep_for(std::chrono::seconds(rest_s));
    return static_cast<double>(resident_size());
  }
  void add(std::string subject, std::string quantity, double value, std::string unit,
           Goal goal = {}) {
    if (scale != 1) goal = {};
    rows.push_back(
        {section, std::move(subject), std::move(quantity), std::move(unit), value, goal});
  }
};

struct Case {
  std::string section;
  std::string name;
  std::function<void(CaseContext&)> run;
  bool hidden = false;  // only run for another case
};

std::vector<Case> memory_cases();
std::vector<Case> speed_cases();
std::vector<Case> growth_cases();
std::vector<Case> expiry_cases();
std::vector<Case> cache_cases();

}  // namespace gyre::bench
