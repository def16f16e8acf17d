#include "swarm_store_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace gyre::bench {
namespace {

constexpr char separator = '\t';
constexpr std::size_t field_count = 7;

std::optional<std::array<std::string_view, field_count>> fields_of(std::string_view line) {
  std::array<std::string_view, field_count> fields;
  for (std::size_t i = 0; i < field_count; ++i) {
    const std::size_t end = line.find(separator);
    if ((end == std::string_view::npos) != (i == field_count - 1)) return std::nullopt;
    fields[i] = line.substr(0, end);
    line.remove_prefix(std::min(end, line.size() - 1) + 1);
  }
  return fields;
}

double number_in(std::string_view text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Goal::Kind kind_in(std::string_view text) {
  if (text == "<=") return Goal::Kind::at_most;
  return text == ">=" ? Goal::Kind::at_least : Goal::Kind::none;
}

std::string_view sign_of(Goal::Kind kind) {
  if (kind == Goal::Kind::none) return "";
  return kind == Goal::Kind::at_most ? "<=" : ">=";
}

// Three digits or more.
std::string rounded(double value) {
  if (std::fabs(value) >= 10'000) return grouped(static_cast<std::uint64_t>(std::llround(value)));
  if (std::fabs(value) >= 100) return fmt::format("{:.0f}", value);
  if (std::fabs(value) >= 10) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

std::string_view verdict_of(const Row& row) {
  if (row.goal.kind == Goal::Kind::none) return "";
  return row.goal.met_by(row.value) ? "met" : "MISSED";
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string text = fmt::format("{}", number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string to_lines(std::span<const Row> rows) {
  std::string lines;
  for (const Row& row : rows) {
    lines += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", row.section, row.subject, row.quantity,
                         row.unit, row.value, sign_of(row.goal.kind), row.goal.bound);
  }
  return lines;
}

std::vector<Row> parse_lines(std::string_view lines) {
  std::vector<Row> rows;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    if (const auto fields = fields_of(lines.substr(0, end))) {
      const auto& [section, subject, quantity, unit, value, sign, bound] = *fields;
      rows.push_back({std::string(section),
                      std::string(subject),
                      std::string(quantity),
                      std::string(unit),
                      number_in(value),
                      {kind_in(sign), number_in(bound)}});
    }
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return rows;
}

std::string to_table(std::span<const Row> rows) {
  std::size_t subject_width = 0;
  std::size_t quantity_width = 0;
  for (const Row& row : rows) {
    subject_width = std::max(subject_width, row.subject.size());
    quantity_width = std::max(quantity_width, row.quantity.size());
  }
  std::string table;
  std::string_view section;
  for (const Row& row : rows) {
    if (row.section != section) table += fmt::format("\n{}\n", row.section);
    section = row.section;
    std::string goal;
    if (row.goal.kind != Goal::Kind::none) {
      goal = fmt::format("{} {}", sign_of(row.goal.kind), rounded(row.goal.bound));
    }
    table += fmt::format("  {:{}}  {:{}}  {:>12} {:16} {:12} {}", row.subject, subject_width,
                         row.quantity, quantity_width, rounded(row.value), row.unit, goal,
                         verdict_of(row));
    table.erase(table.find_last_not_of(' ') + 1);
    table += '\n';
  }
  return table;
}

std::string to_json(std::span<const Row> rows) {
  std::string json = "[";
  for (const Row& row : rows) {
    json += fmt::format(R"({}{{"section": "{}", "subject": "{}", "quantity": "{}", "unit": "{}", )",
                        &row == rows.data() ? "\n" : ",\n", row.section, row.subject, row.quantity,
                        row.unit);
    json += fmt::format(R"("value": {})", row.value);
    if (row.goal.kind != Goal::Kind::none) {
      json += fmt::format(R"(, "goal": "{}", "bound": {}, "met": {})", sign_of(row.goal.kind),
                          row.goal.bound, row.goal.met_by(row.value));
    }
    json += "}";
  }
  return json + "\n]\n";
}

}  // namespace gyre::bench
