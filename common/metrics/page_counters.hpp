// Counters of the pages that a tracker on HTTP has sent, by http1::PageKind.
#pragma once

#include "common/http1/pages.hpp"
#include "common/metrics/counters.hpp"

namespace gyre::metrics {

inline constexpr auto page_counter_rows = [] {
  constexpr auto name = "gyre_pages_total";
  using enum http1::PageKind;
  return std::to_array<CounterRow<http1::PageKind>>({
      {index, name, "Responses to requests outside the tracker protocol, by page.",
       R"(page="index")"},
      {health, name, "", R"(page="health")"},
      {not_found, name, "", R"(page="not_found")"},
      {method_not_allowed, name, "", R"(page="method_not_allowed")"},
      {not_http, name, "", R"(page="not_http")"},
      {bad_request, name, "", R"(page="bad_request")"},
      {request_line_too_long, name, "", R"(page="request_line_too_long")"},
      {head_too_large, name, "", R"(page="head_too_large")"},
      {wrong_port_for_tls, name, "", R"(page="wrong_port_for_tls")"},
      {upgrade_required, name, "", R"(page="upgrade_required")"},
  });
}();
static_assert(is_valid_table(page_counter_rows));

using PageCounters = CounterBlock<page_counter_rows.size()>;

}  // namespace gyre::metrics
