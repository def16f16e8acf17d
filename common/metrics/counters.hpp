// Counters that workers increment and another thread reads: each worker owns a block of plain
// cells, and a reader adds up the blocks. Names and help texts are in one constexpr table per
// program:
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
// Counters that are kept separately for IPv4 and IPv6 are in a FamilyCounterBlock; ExpositionWriter
// adds the label `ip`.
//
// Threading: one writer per block. A reader may see counters of a block at different moments.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.hpp"
#include "common/base/types.hpp"

namespace gyre::metrics {

// Rows of one metric differ in their labels and are adjacent; only the first has the help text.
// Labels are in the exposition format, `type="announce"`, or empty.
template <class Id>
struct CounterRow {
  Id id;
  std::string_view name;
  std::string_view help;
  std::string_view labels;
};

// Whether each row's id is its index, and the table obeys the rules above.
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

// One worker's cells, on cache lines of their own against false sharing. Indices may be
// enumerators.
template <std::size_t Count>
class alignas(cache_line_size) CounterBlock {
 public:
  using Totals = std::array<std::uint64_t, Count>;

  // A plain load and store suffice, with a single writer: no locked instruction.
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

// One worker's cells for a table of `Count` rows, twice: those of a counter are 2 * counter +
// family.
template <std::size_t Count>
struct FamilyCounterBlock : CounterBlock<family_count * Count> {
  template <class Id>
  void count(Id counter, Family family, std::uint64_t amount = 1) {
    this->inc(2 * static_cast<std::size_t>(counter) + static_cast<std::size_t>(family), amount);
  }
};

}  // namespace gyre::metrics
