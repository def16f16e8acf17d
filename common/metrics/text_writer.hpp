// Writes numbers in the Prometheus text exposition format 0.0.4. It formats what it is given, in
// the order in which it is given: all samples of one metric name must come one after the other.
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

// One label as ready text, name="value", with the value escaped.
std::string label(std::string_view name, std::string_view value);

class TextWriter {
 public:
  // `labels` is ready text, `ip="4",type="announce"`, or empty. Integers are printed exactly. The
  // help of the first sample of a name is used.
  void counter(std::string_view name, std::string_view help, std::string_view labels,
               std::uint64_t value);
  void counter(std::string_view name, std::string_view help, std::string_view labels, double value);
  void gauge(std::string_view name, std::string_view help, std::string_view labels,
             std::uint64_t value);
  void gauge(std::string_view name, std::string_view help, std::string_view labels, double value);

  // One counter per row of a program's table; `totals` comes from sum().
  template <class Id, std::size_t Count>
  void counters(const std::array<CounterRow<Id>, Count>& table,
                const std::array<std::uint64_t, Count>& totals) {
    for (std::size_t i = 0; i < Count; ++i) {
      counter(table[i].name, table[i].help, table[i].labels, totals[i]);
    }
  }

  // In seconds, with bounds from 1 us to 1 s. `values` must be at rest: merge the writers'
  // histograms into one first.
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

  // Writes HELP and TYPE where a metric name begins.
  void begin(std::string_view name, std::string_view help, std::string_view type);
  template <class Value>
  void sample(std::string_view name, std::string_view suffix, std::string_view labels, Value value);
  void bucket(std::string_view name, std::string_view labels, std::string_view bound,
              std::uint64_t count);
  void histogram_end(std::string_view name, std::string_view labels, std::uint64_t count,
                     std::uint64_t sum_ns);

  std::string text_;
  std::string name_;  // of the metric that is being written
};

}  // namespace gyre::metrics
