// The page for humans at the metrics address: the Prometheus text as a table, grouped by metric. A
// pure function: text in, a self-contained HTML document out.
#pragma once

#include <string>
#include <string_view>

namespace gyre::metrics {

// `exposition` is the output of an ExpositionWriter. The page reloads itself every five seconds.
std::string html_page(std::string_view title, std::string_view exposition);

}  // namespace gyre::metrics
