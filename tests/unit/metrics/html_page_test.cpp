#include "common/metrics/html_page.hpp"

#include <gtest/gtest.h>

#include "common/metrics/exposition_writer.hpp"

namespace gyre::metrics {
namespace {

// The table of a page: the part that depends on the metrics.
std::string table_of(const std::string& exposition) {
  const std::string page = html_page("gyre_udp", exposition);
  const std::string start = "<table>\n";
  const std::size_t begin = page.find(start) + start.size();
  return page.substr(begin, page.find("</table>") - begin);
}

TEST(HtmlPage, GroupsByMetric) {
  ExpositionWriter out;
  out.counter("requests_total", "Requests.", R"(ip="4",type="a b")", std::uint64_t{1234567});
  out.counter("requests_total", "Requests.", R"(ip="6",type="}")", std::uint64_t{1234});
  out.gauge("torrents", "Torrents.", "", std::uint64_t{12345});
  EXPECT_EQ(table_of(out.text()),
            "<tbody>\n"
            "<tr><th>requests_total<small>Requests.</small></th></tr>\n"
            "<tr><td>ip=&quot;4&quot;,type=&quot;a b&quot;</td>"
            "<td>1&#8239;234&#8239;567</td></tr>\n"
            "<tr><td>ip=&quot;6&quot;,type=&quot;}&quot;</td><td>1234</td></tr>\n"
            "</tbody>\n"
            "<tbody>\n"
            "<tr><th>torrents<small>Torrents.</small></th><td>12&#8239;345</td></tr>\n"
            "</tbody>\n");
}

TEST(HtmlPage, NamesThePartsOfAHistogram) {
  EXPECT_EQ(table_of("# HELP t_seconds Time.\n# TYPE t_seconds histogram\n"
                     "t_seconds_bucket{le=\"+Inf\"} 3\nt_seconds_sum 0.5\n"),
            "<tbody>\n"
            "<tr><th>t_seconds<small>Time.</small></th></tr>\n"
            "<tr><td>bucket le=&quot;+Inf&quot;</td><td>3</td></tr>\n"
            "<tr><td>sum</td><td>0.5</td></tr>\n"
            "</tbody>\n");
}

TEST(HtmlPage, EscapesWhatCouldBeMarkup) {
  EXPECT_EQ(table_of("# HELP a <b>&\na{x=\"<i>\"} 1\n"),
            "<tbody>\n"
            "<tr><th>a<small>&lt;b&gt;&amp;</small></th></tr>\n"
            "<tr><td>x=&quot;&lt;i&gt;&quot;</td><td>1</td></tr>\n"
            "</tbody>\n");
}

TEST(HtmlPage, IsSelfContainedAndReloads) {
  const std::string page = html_page("gyre <udp>", "");
  EXPECT_NE(page.find("<title>gyre &lt;udp&gt;</title>"), std::string::npos);
  EXPECT_NE(page.find("http-equiv=\"refresh\" content=\"5\""), std::string::npos);
  for (const char* external : {"src=", "@import", "url(", "://"}) {
    EXPECT_EQ(page.find(external), std::string::npos) << external;
  }
}

}  // namespace
}  // namespace gyre::metrics
