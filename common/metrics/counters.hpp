// Counters: each worker counts in a block of plain cells of its own, and the thread that prints
// adds the blocks up. Names and help stay in one constexpr table per program:
//
//   enum class Counter : std::size_t { connects, announces, dropped };
//   inline constexpr auto counters = std::to_array<metrics::CounterRow<Counter>>({
//       {Counter::connects, "gyre_requests_total", "Requests received.", R"(type="connect")"},
//       {Counter::announces, "gyre_requests_total", "", R"(type="announce")"},
//       {Counter::dropped, "gyre_dropped_total", "Datagrams dropped.", ""},
//   });
//   static_assert(metrics::is_valid_table(counters));
//   using Counters = metrics::CounterBlock<counters.size()>;
//
// A table whose counters are kept for IPv4 and IPv6 apart has a FamilyCounterBlock, and the label
// `ip` is added when it is written (ExpositionWriter).
//
// Threading: one writer per block. Readers may see one counter of a block before another.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.hpp"
#include "common/base/types.hpp"

namespace gyre::metrics {

// Rows of one metric name differ in their labels and stand next to each other; the first of them
// has the help. Labels are ready text, `type="announce"`, or empty.
template <class Id>
struct CounterRow {
  Id id;
  std::string_view name;
  std::string_view help;
  std::string_view labels;
};

// Whether each row's id is its index, and names, help and labels obey the rules above.
template <class Id, std::size_t Count>
constexpr bool is_valid_table(const std::array<CounterRow<Id>, Count>& table) {
  for (std::size_t i = 0; i < Count; ++i) {
    if (static_cast<std::size_t>(table[i].id) != i || table[i].name.empty()) return false;
    const bool is_first = i == 0 || table[i - 1].name != table[i].name;
    if (is_first == table[i].help.empty()) return false;
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (table[earlier].name != table[i].name) continue;
      if (is_first || table[earlier].labels == table[i].labels) return false;
    }
  }
  return true;
}

// One worker's cells, on cache lines of their own. Indices may be the program's enumerators.
template <std::size_t Count>
class alignas(cache_line_size) CounterBlock {
 public:
  using Totals = std::array<std::uint64_t, Count>;

  // A plain load and store: with one writer nothing is lost, and no bus is locked.
  template <class Index>
  void inc(Index index, std::uint64_t amount = 1) {
    auto& cell = cells_[checked(index)];
    cell.store(cell.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }

  template <class Index>
  std::uint64_t value(Index index) const {
    return cells_[checked(index)].load(std::memory_order_relaxed);
  }

  void add_to(Totals& totals) const {
    for (std::size_t i = 0; i < Count; ++i) totals[i] += value(i);
  }

 private:
  template <class Index>
  static std::size_t checked(Index index) {
    const auto i = static_cast<std::size_t>(index);
    DCHECK(i < Count);
    return i;
  }

  std::array<std::atomic<std::uint64_t>, Count> cells_{};
};

// One worker's cells for a table of `Count` rows, twice: a counter's are at 2 * counter + family.
template <std::size_t Count>
struct FamilyCounterBlock : CounterBlock<family_count * Count> {
  template <class Id>
  void count(Id counter, Family family, std::uint64_t amount = 1) {
    this->inc(2 * static_cast<std::size_t>(counter) + static_cast<std::size_t>(family), amount);
  }
};

}  // namespace gyre::metrics
