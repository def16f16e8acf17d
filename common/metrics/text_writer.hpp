// Writer of the Prometheus text exposition format 0.0.4.
// REQUIRES: all samples of one metric are written one after the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.hpp"
#include "common/metrics/counters.hpp"
#include "common/metrics/histogram.hpp"

namespace gyre::metrics {

inline constexpr std::string_view text_content_type = "text/plain; version=0.0.4; charset=utf-8";

// One label in the exposition format, name="value", with the value escaped.
std::string label(std::string_view name, std::string_view value);

class TextWriter {
 public:
  // `labels` is in the exposition format, `ip="4",type="announce"`, or empty. Integers are printed
  // exactly. The help text of a metric's first sample is used.
  void counter(std::string_view name, std::string_view help, std::string_view labels,
               std::uint64_t value);
  void counter(std::string_view name, std::string_view help, std::string_view labels, double value);
  void gauge(std::string_view name, std::string_view help, std::string_view labels,
             std::uint64_t value);
  void gauge(std::string_view name, std::string_view help, std::string_view labels, double value);

  // A counter for each row of a program's table; `totals` comes from sum().
  template <class Id, std::size_t Count>
  void counters(const std::array<CounterRow<Id>, Count>& table,
                const std::array<std::uint64_t, Count>& totals) {
    for (std::size_t i = 0; i < Count; ++i) {
      counter(table[i].name, table[i].help, table[i].labels, totals[i]);
    }
  }

  // In seconds, with bounds from 1 us to 1 s.
  // REQUIRES: nobody writes to `values`; merge the writers' histograms into a copy first.
  template <unsigned SubBits, unsigned MaxBits>
  void histogram(std::string_view name, std::string_view help, std::string_view labels,
                 const Histogram<SubBits, MaxBits>& values) {
    begin(name, help, "histogram");
    for (const Bound& bound : histogram_bounds) {
      bucket(name, labels, bound.seconds, values.count_up_to(bound.ns));
    }
    histogram_end(name, labels, values.count(), values.sum_ns());
  }

  const std::string& text() const& { return text_; }
  std::string text() && { return std::move(text_); }

 private:
  struct Bound {
    std::uint64_t ns;
    std::string_view seconds;
  };
  static const std::array<Bound, 19> histogram_bounds;

  // Writes HELP and TYPE when the metric changes.
  void begin(std::string_view name, std::string_view help, std::string_view type);
  template <class Value>
  void sample(std::string_view name, std::string_view suffix, std::string_view labels, Value value);
  void bucket(std::string_view name, std::string_view labels, std::string_view bound,
              std::uint64_t count);
  void histogram_end(std::string_view name, std::string_view labels, std::uint64_t count,
                     std::uint64_t sum_ns);

  std::string text_;
  std::string name_;  // of the current metric
};

}  // namespace gyre::metrics
