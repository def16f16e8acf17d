// Writes numbers in the Prometheus text exposition format 0.0.4: metrics in the order in which
// their names first come, each with its help once and all its samples, whoever has given them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/metrics/counters.hpp"
#include "common/metrics/histogram.hpp"

namespace gyre::metrics {

inline constexpr std::string_view text_content_type = "text/plain; version=0.0.4; charset=utf-8";

// One label in the exposition format, name="value", with the value escaped.
std::string label(std::string_view name, std::string_view value);

class ExpositionWriter {
 public:
  // Labels that precede those of every later sample: `protocol="udp"`, or none.
  void set_common_labels(std::string_view labels) { common_labels_ = labels; }

  // `labels` is in the exposition format, `ip="4",type="announce"`, or empty. Integers are printed
  // exactly. The help text of a metric's first sample is used.
  void counter(std::string_view name, std::string_view help, std::string_view labels,
               std::uint64_t value);
  void counter(std::string_view name, std::string_view help, std::string_view labels, double value);
  void gauge(std::string_view name, std::string_view help, std::string_view labels,
             std::uint64_t value);
  void gauge(std::string_view name, std::string_view help, std::string_view labels, double value);

  // A counter for each row of a program's table.
  template <class Id, std::size_t Count>
  void counters(const std::array<CounterRow<Id>, Count>& table,
                const typename CounterBlock<Count>::Totals& totals) {
    for (std::size_t i = 0; i < Count; ++i) {
      counter(table[i].name, table[i].help, table[i].labels, totals[i]);
    }
  }
  // Two for each row, for IPv4 and IPv6.
  template <class Id, std::size_t Count>
  void counters(const std::array<CounterRow<Id>, Count>& table,
                const typename FamilyCounterBlock<Count>::Totals& totals) {
    for (std::size_t i = 0; i < Count; ++i) {
      const auto& [id, name, help, labels] = table[i];
      counter(name, help, joined(R"(ip="4")", labels), totals[2 * i]);
      counter(name, help, joined(R"(ip="6")", labels), totals[2 * i + 1]);
    }
  }

  // In seconds, with bounds from 1 us to 1 s.
  // REQUIRES: nobody writes to `values`; merge the writers' histograms into a copy first.
  template <unsigned SubBits, unsigned MaxBits>
  void histogram(std::string_view name, std::string_view help, std::string_view labels,
                 const Histogram<SubBits, MaxBits>& values) {
    begin(name, help, "histogram");
    for (const std::uint64_t bound_ns : histogram_bounds_ns) {
      bucket(name, labels, bound_ns, values.count_up_to(bound_ns));
    }
    histogram_end(name, labels, values.count(), values.sum_ns());
  }

  std::string text() const;

 private:
  struct Metric {
    std::string name;
    std::string text;
  };
  static const std::array<std::uint64_t, 19> histogram_bounds_ns;

  static std::string joined(std::string_view labels, std::string_view more);
  // Makes the metric current; writes HELP and TYPE if it is new.
  void begin(std::string_view name, std::string_view help, std::string_view type);
  template <class Value>
  void sample(std::string_view name, std::string_view suffix, std::string_view labels, Value value);
  void bucket(std::string_view name, std::string_view labels, std::uint64_t bound_ns,
              std::uint64_t count);
  void histogram_end(std::string_view name, std::string_view labels, std::uint64_t count,
                     std::uint64_t sum_ns);

  std::vector<Metric> metrics_;
  std::size_t current_ = 0;  // index of the metric being written
  std::string common_labels_;
};

}  // namespace gyre::metrics
