#include "common/metrics/exposition_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gyre::metrics {
namespace {

// Keeps a line on one line. In label values the closing quote is escaped, too.
std::string escaped(std::string_view text, bool in_quotes) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (in_quotes && c == '"')) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string label(std::string_view name, std::string_view value) {
  return fmt::format("{}=\"{}\"", name, escaped(value, true));
}

const std::array<std::uint64_t, 19> ExpositionWriter::histogram_bounds_ns = {
    1'000,      2'000,       5'000,       10'000,      20'000,       50'000,     100'000,
    200'000,    500'000,     1'000'000,   2'000'000,   5'000'000,    10'000'000, 20'000'000,
    50'000'000, 100'000'000, 200'000'000, 500'000'000, 1'000'000'000};

std::string ExpositionWriter::text() const {
  std::string all;
  for (const Metric& metric : metrics_) all += metric.text;
  return all;
}

void ExpositionWriter::counter(std::string_view name, std::string_view help,
                               std::string_view labels, std::uint64_t value) {
  begin(name, help, "counter");
  sample(name, "", labels, value);
}

void ExpositionWriter::counter(std::string_view name, std::string_view help,
                               std::string_view labels, double value) {
  begin(name, help, "counter");
  sample(name, "", labels, value);
}

void ExpositionWriter::gauge(std::string_view name, std::string_view help, std::string_view labels,
                             std::uint64_t value) {
  begin(name, help, "gauge");
  sample(name, "", labels, value);
}

void ExpositionWriter::gauge(std::string_view name, std::string_view help, std::string_view labels,
                             double value) {
  begin(name, help, "gauge");
  sample(name, "", labels, value);
}

void ExpositionWriter::begin(std::string_view name, std::string_view help, std::string_view type) {
  if (current_ < metrics_.size() && metrics_[current_].name == name) return;
  const auto found = std::ranges::find(metrics_, name, &Metric::name);
  current_ = static_cast<std::size_t>(found - metrics_.begin());
  if (found != metrics_.end()) return;
  metrics_.push_back(
      {.name = std::string(name),
       .text = fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, escaped(help, false), type)});
}

std::string ExpositionWriter::joined(std::string_view labels, std::string_view more) {
  return fmt::format("{}{}{}", labels, labels.empty() || more.empty() ? "" : ",", more);
}

template <class Value>
void ExpositionWriter::sample(std::string_view name, std::string_view suffix,
                              std::string_view labels, Value value) {
  std::string& text = metrics_[current_].text;
  const std::string all_labels = joined(common_labels_, labels);
  if (all_labels.empty()) {
    text += fmt::format("{}{} {}\n", name, suffix, value);
  } else {
    text += fmt::format("{}{}{{{}}} {}\n", name, suffix, all_labels, value);
  }
}

// fmt writes the shortest digits that read back as the same number: 1e-06, 0.0001, 1.
void ExpositionWriter::bucket(std::string_view name, std::string_view labels,
                              std::uint64_t bound_ns, std::uint64_t count) {
  const double seconds = static_cast<double>(bound_ns) / 1e9;
  sample(name, "_bucket", joined(labels, fmt::format("le=\"{}\"", seconds)), count);
}

void ExpositionWriter::histogram_end(std::string_view name, std::string_view labels,
                                     std::uint64_t count, std::uint64_t sum_ns) {
  sample(name, "_bucket", joined(labels, R"(le="+Inf")"), count);
  sample(name, "_sum", labels, static_cast<double>(sum_ns) / 1e9);
  sample(name, "_count", labels, count);
}

}  // namespace gyre::metrics
