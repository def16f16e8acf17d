// The page that a human sees on the metrics address: the same numbers as the Prometheus text, as a
// table grouped by metric. Pure: text in, one self-contained HTML document out.
#pragma once

#include <string>
#include <string_view>

namespace gyre::metrics {

// `exposition` is what a ExpositionWriter wrote. The page reloads itself every five seconds.
std::string html_page(std::string_view title, std::string_view exposition);

}  // namespace gyre::metrics
