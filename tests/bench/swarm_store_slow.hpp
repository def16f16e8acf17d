// Which steps of a run took long, so that two identical runs can be compared: what took long in one
// of them only was the machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "swarm_store_cases.hpp"

namespace gyre::bench {

class SlowSteps {
 public:
  // Of CPU time; to be called for each step in turn.
  void add(std::uint64_t taken_ns) {
    if (taken_ns >= slow_ns) slow_[step_count_] = taken_ns;
    ++step_count_;
  }

  // At least what makes a step slow.
  double longest_ms() const {
    std::uint64_t longest_ns = slow_ns;
    for (const auto& [step, taken_ns] : slow_) longest_ns = std::max(longest_ns, taken_ns);
    return static_cast<double>(longest_ns) / 1e6;
  }

  // Each with the lesser time of both runs. Those of this run if the other had not as many steps,
  // and so was another one.
  SlowSteps lesser_of(const SlowSteps& other) const {
    if (other.step_count_ != step_count_) return *this;
    SlowSteps both;
    both.step_count_ = step_count_;
    for (const auto& [step, taken_ns] : slow_) {
      const auto found = other.slow_.find(step);
      if (found != other.slow_.end()) both.slow_[step] = std::min(found->second, taken_ns);
    }
    return both;
  }

  void add_rows(CaseContext& context, const std::string& subject) const {
    context.add(subject, count_row, step_count_, "");
    for (const auto& [step, taken_ns] : slow_) {
      context.add(subject, std::to_string(step), static_cast<double>(taken_ns), "ns");
    }
  }
  // Of rows with that subject.
  static SlowSteps of(const std::vector<Row>& rows, const std::string& subject) {
    SlowSteps steps;
    for (const Row& row : rows) {
      if (row.subject != subject) continue;
      if (row.quantity == count_row) {
        steps.step_count_ = static_cast<std::uint32_t>(row.value);
      } else {
        steps.slow_[static_cast<std::uint32_t>(std::stoul(row.quantity))] =
            static_cast<std::uint64_t>(row.value);
      }
    }
    return steps;
  }

 private:
  static constexpr std::uint64_t slow_ns = 100'000;
  static constexpr const char* count_row = "steps";

  std::map<std::uint32_t, std::uint64_t> slow_;
  std::uint32_t step_count_ = 0;
};

}  // namespace gyre::bench
