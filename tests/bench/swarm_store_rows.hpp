// What the benchmark of the swarms has measured: rows of a case, a quantity, its value, and the
// goal for it if there is one. Each case runs in a process of its own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::bench {

struct Goal {
  enum class Kind : std::uint8_t { none, at_most, at_least };
  Kind kind = Kind::none;
  double bound = 0;

  bool met_by(double value) const {
    return kind == Kind::none || (kind == Kind::at_most ? value <= bound : value >= bound);
  }
};

constexpr Goal at_most(double bound) {
  return {Goal::Kind::at_most, bound};
}
constexpr Goal at_least(double bound) {
  return {Goal::Kind::at_least, bound};
}

struct Row {
  std::string section;
  std::string subject;   // "1,000,000 torrents, 2,000,000 peers"
  std::string quantity;  // "resident memory"
  std::string unit;
  double value = 0;
  Goal goal = {};
};

// One line each, as they come from the process of a case; parsing ignores what is no row.
std::string to_lines(std::span<const Row> rows);
std::vector<Row> parse_lines(std::string_view lines);

std::string to_table(std::span<const Row> rows);
std::string to_json(std::span<const Row> rows);

// "2,000,000"
std::string grouped(std::uint64_t number);

}  // namespace gyre::bench
