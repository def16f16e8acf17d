// udp_flood_bad HOST:PORT DATAGRAMS [SEED]
//
// Sends broken datagrams to a tracker as fast as it takes them, from several sockets, so that all
// of its workers get some. Each batch ends with a connect that must be answered: that paces the
// flood, keeps drops in the kernel rare, and proves that the tracker still works.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/numbers.hpp"
#include "common/net/socket_address.hpp"
#include "tests/integration/flood/mutator.hpp"
#include "tests/integration/flood/tracker_link.hpp"

namespace gyre::flood {
namespace {

constexpr std::size_t socket_count = 8;

struct Totals {
  std::uint64_t sent = 0;
  std::uint64_t responses = 0;
  std::uint64_t probes_lost = 0;
};

Totals totals_of(const std::vector<TrackerLink>& links) {
  Totals totals;
  for (const auto& link : links) {
    totals.sent += link.sent();
    totals.responses += link.responses();
    totals.probes_lost += link.probes_lost();
  }
  return totals;
}

[[noreturn]] void fail(std::string_view message) {
  fmt::print(stderr, "udp_flood_bad: {}\n", message);
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): there is one thread
}

template <class Value>
Value value_or_fail(std::expected<Value, std::string> value) {
  if (!value) fail(value.error());
  if constexpr (!std::is_void_v<Value>) return std::move(*value);
}

// Prints a line for each tenth to standard output, and redraws one on standard error if that is a
// terminal.
class Progress {
 public:
  explicit Progress(std::uint64_t goal) : goal_(goal) {}

  void show(const Totals& totals) {
    const std::uint64_t now_ns = monotonic_ns();
    const std::uint64_t tenths = totals.sent * 10 / goal_;
    if (terminal_ && now_ns - drawn_ns_ >= 200'000'000) {
      drawn_ns_ = now_ns;
      print(stderr, totals, now_ns, "\r", "");
    }
    if (tenths != tenths_) {
      tenths_ = tenths;
      print(stdout, totals, now_ns, terminal_ ? "\r" : "", "\n");
    }
  }

 private:
  void print(std::FILE* to, const Totals& totals, std::uint64_t now_ns, const char* before,
             const char* after) const {
    const double seconds = static_cast<double>(now_ns - start_ns_) / 1e9;
    fmt::print(to, "{}sent {} of {}, {} answered, {} probes lost, {:.0f} per second{}", before,
               totals.sent, goal_, totals.responses, totals.probes_lost,
               static_cast<double>(totals.sent) / seconds, after);
    std::fflush(to);
  }

  std::uint64_t goal_;
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::uint64_t start_ns_ = monotonic_ns();
  std::uint64_t drawn_ns_ = 0;
  std::uint64_t tenths_ = 0;
};

void flood(const net::SocketAddress& tracker, std::uint64_t datagrams, std::uint64_t seed) {
  std::vector<TrackerLink> links;
  links.reserve(socket_count);
  for (std::size_t index = 0; index < socket_count; ++index) {
    links.push_back(value_or_fail(TrackerLink::open(tracker)));
  }
  Mutator mutator(seed);
  Progress progress(datagrams);
  Totals totals;
  while (totals.sent < datagrams) {
    for (auto& link : links) {
      for (std::size_t index = 0; index < TrackerLink::batch_size; ++index) {
        link.commit(mutator.write_next(link.slot()));
      }
      value_or_fail(link.send());
    }
    for (auto& link : links) mutator.use_connection(value_or_fail(link.await_probe()));
    totals = totals_of(links);
    progress.show(totals);
  }
}

}  // namespace
}  // namespace gyre::flood

int main(int argument_count, char** arguments) {
  using namespace gyre;
  if (argument_count < 3 || argument_count > 4) {
    flood::fail("usage: udp_flood_bad HOST:PORT DATAGRAMS [SEED]");
  }
  const auto tracker = net::socket_address_from(arguments[1]);
  const auto datagrams = flood::number_from<std::uint64_t>(arguments[2]);
  const auto seed = flood::number_from<std::uint64_t>(argument_count == 4 ? arguments[3] : "1");
  if (!tracker) flood::fail("the address is not of the form 127.0.0.1:3000 or [::1]:3000");
  if (!datagrams || *datagrams == 0 || !seed) flood::fail("a number is not a number");
  flood::flood(*tracker, *datagrams, *seed);
}
