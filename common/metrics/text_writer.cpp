#include "common/metrics/text_writer.hpp"

#include <fmt/format.h>

#include <iterator>

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

const std::array<TextWriter::Bound, 19> TextWriter::histogram_bounds = {{
    {1'000, "1e-06"},     {2'000, "2e-06"},     {5'000, "5e-06"},     {10'000, "1e-05"},
    {20'000, "2e-05"},    {50'000, "5e-05"},    {100'000, "0.0001"},  {200'000, "0.0002"},
    {500'000, "0.0005"},  {1'000'000, "0.001"}, {2'000'000, "0.002"}, {5'000'000, "0.005"},
    {10'000'000, "0.01"}, {20'000'000, "0.02"}, {50'000'000, "0.05"}, {100'000'000, "0.1"},
    {200'000'000, "0.2"}, {500'000'000, "0.5"}, {1'000'000'000, "1"},
}};

void TextWriter::counter(std::string_view name, std::string_view help, std::string_view labels,
                         std::uint64_t value) {
  begin(name, help, "counter");
  sample(name, "", labels, value);
}

void TextWriter::counter(std::string_view name, std::string_view help, std::string_view labels,
                         double value) {
  begin(name, help, "counter");
  sample(name, "", labels, value);
}

void TextWriter::gauge(std::string_view name, std::string_view help, std::string_view labels,
                       std::uint64_t value) {
  begin(name, help, "gauge");
  sample(name, "", labels, value);
}

void TextWriter::gauge(std::string_view name, std::string_view help, std::string_view labels,
                       double value) {
  begin(name, help, "gauge");
  sample(name, "", labels, value);
}

void TextWriter::begin(std::string_view name, std::string_view help, std::string_view type) {
  if (name == name_) return;
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name,
                 escaped(help, false), type);
}

template <class Value>
void TextWriter::sample(std::string_view name, std::string_view suffix, std::string_view labels,
                        Value value) {
  const auto out = std::back_inserter(text_);
  if (labels.empty()) {
    fmt::format_to(out, "{}{} {}\n", name, suffix, value);
  } else {
    fmt::format_to(out, "{}{}{{{}}} {}\n", name, suffix, labels, value);
  }
}

void TextWriter::bucket(std::string_view name, std::string_view labels, std::string_view bound,
                        std::uint64_t count) {
  const std::string_view comma = labels.empty() ? "" : ",";
  sample(name, "_bucket", fmt::format("{}{}le=\"{}\"", labels, comma, bound), count);
}

void TextWriter::histogram_end(std::string_view name, std::string_view labels, std::uint64_t count,
                               std::uint64_t sum_ns) {
  bucket(name, labels, "+Inf", count);
  sample(name, "_sum", labels, static_cast<double>(sum_ns) / 1e9);
  sample(name, "_count", labels, count);
}

}  // namespace gyre::metrics
