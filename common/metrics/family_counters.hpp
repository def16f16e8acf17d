// Counters that are kept separately for IPv4 and IPv6: a program declares a pair for each, and
// prints a row per family. For names, help texts and labels the rules of counters.hpp hold.
//
//   inline constexpr auto counter_pairs = std::to_array<metrics::CounterPair<Counter>>({
//       {Counter::drops, "gyre_dropped_total", "Datagrams that got no answer.", R"(ip="4")",
//        R"(ip="6")"},
//   });
//   inline constexpr auto counter_rows = metrics::rows_of(counter_pairs);
//   static_assert(metrics::is_valid_table(counter_pairs));
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/types.hpp"
#include "common/metrics/counters.hpp"

namespace gyre::metrics {

template <class Id>
struct CounterPair {
  Id id;
  std::string_view name;
  std::string_view help;
  std::string_view ipv4_labels;
  std::string_view ipv6_labels;
};

// A row for each pair and family; the cell of a counter is 2 * counter + family.
template <class Id, std::size_t Count>
constexpr std::array<CounterRow<std::size_t>, family_count * Count> rows_of(
    const std::array<CounterPair<Id>, Count>& pairs) {
  std::array<CounterRow<std::size_t>, family_count * Count> rows{};
  for (std::size_t i = 0; i < Count; ++i) {
    rows[2 * i] = {2 * i, pairs[i].name, pairs[i].help, pairs[i].ipv4_labels};
    rows[2 * i + 1] = {2 * i + 1, pairs[i].name, "", pairs[i].ipv6_labels};
  }
  return rows;
}

template <class Id, std::size_t Count>
constexpr bool is_valid_table(const std::array<CounterPair<Id>, Count>& pairs) {
  for (std::size_t i = 0; i < Count; ++i) {
    if (static_cast<std::size_t>(pairs[i].id) != i) return false;
  }
  return is_valid_table(rows_of(pairs));
}

// One worker's cells.
template <class Id, std::size_t PairCount>
struct FamilyCounterBlock : CounterBlock<family_count * PairCount> {
  void count(Id counter, Family family, std::uint64_t amount = 1) {
    this->inc(2 * static_cast<std::size_t>(counter) + static_cast<std::size_t>(family), amount);
  }
};

}  // namespace gyre::metrics
