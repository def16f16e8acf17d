#include "load-test/run.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <iostream>
#include <memory>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/clock.hpp"
#include "common/process/signals.hpp"
#include "common/process/workers.hpp"
#include "load-test/measurement.hpp"
#include "load-test/process_usage.hpp"
#include "load-test/rate_search.hpp"

namespace gyre::load_test {
namespace {

using Result = std::expected<void, std::string>;

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t settle_ns = second_ns / 2;  // before a step of the search is measured
constexpr std::uint64_t connect_poll_ns = second_ns / 100;

class Run {
 public:
  static std::expected<std::unique_ptr<Run>, std::string> create(const Job& job, pid_t tracker);

  std::expected<Report, std::string> execute();

 private:
  Run(const Job& job, std::vector<pid_t> tracker, process::SignalFd signals,
      std::unique_ptr<process::WorkerGroup> group)
      : job_(job),
        tracker_(std::move(tracker)),
        signals_(std::move(signals)),
        group_(std::move(group)) {}

  WorkerStatistics& new_statistics();
  const std::deque<Phase>& new_phases(bool asks, std::uint64_t rate,
                                      const WorkerStatistics& statistics);
  void enter(std::uint64_t rate, const WorkerStatistics& statistics);
  Result start_workers(const WorkerStatistics& statistics);
  void wait_until(std::uint64_t deadline_ns);
  void await_connections();
  void log_refusal(const WorkerStatistics& statistics);
  void show_live_line(const std::string& line);
  void end_live_line();
  Measurement measure(const WorkerStatistics& statistics, std::uint64_t duration_ns);
  Report run_once(const WorkerStatistics& connecting);
  Report search();
  Measurement try_rate(std::uint64_t rate);
  void end();

  const Job& job_;
  std::vector<pid_t> tracker_;
  process::SignalFd signals_;
  std::deque<WorkerStatistics> statistics_;  // all that there were, for workers may look back
  std::deque<std::deque<Phase>> phases_;     // likewise; one for each worker in each
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<process::WorkerGroup> group_;  // ends before what its threads use
  bool on_terminal_ = ::isatty(STDERR_FILENO) != 0;
  bool has_live_line_ = false;
  bool over_ = false;  // stopped by the operator, or a worker failed
  bool logged_refusal_ = false;
};

std::expected<std::unique_ptr<Run>, std::string> Run::create(const Job& job, pid_t tracker) {
  std::vector<pid_t> family;
  if (tracker > 0) family = family_of(tracker);
  if (tracker > 0 && family.empty()) {
    return std::unexpected(fmt::format(
        "--tracker-pid: no process {} on this host; omit the option to measure without it",
        tracker));
  }
  auto signals = process::SignalFd::create();
  if (!signals) return std::unexpected(signals.error());
  auto group = process::WorkerGroup::create();
  if (!group) return std::unexpected(group.error());
  return std::unique_ptr<Run>(
      new Run(job, std::move(family), std::move(*signals), std::move(*group)));
}

std::expected<Report, std::string> Run::execute() {
  const WorkerStatistics& statistics = new_statistics();
  if (auto started = start_workers(statistics); !started) return std::unexpected(started.error());
  await_connections();
  auto report = job_.config.mode == Mode::search ? search() : run_once(statistics);
  if (const auto failures = group_->failures(); !failures.empty()) {
    return std::unexpected(failures.front());
  }
  return report;
}

WorkerStatistics& Run::new_statistics() {
  return statistics_.emplace_back(make_statistics(job_.config.workers));
}

const std::deque<Phase>& Run::new_phases(bool asks, std::uint64_t rate,
                                         const WorkerStatistics& statistics) {
  auto& phases = phases_.emplace_back();
  for (const auto& worker : statistics) {
    phases.push_back({.asks = asks, .rate = rate, .statistics = worker.get()});
  }
  return phases;
}

void Run::enter(std::uint64_t rate, const WorkerStatistics& statistics) {
  const auto& phases = new_phases(true, rate, statistics);
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i]->set_phase(phases[i]);
}

Result Run::start_workers(const WorkerStatistics& statistics) {
  const auto& phases = new_phases(false, 0, statistics);
  for (std::uint32_t index = 0; index < job_.config.workers; ++index) {
    auto worker = job_.make_worker(index, phases[index]);
    if (!worker) return std::unexpected(worker.error());
    workers_.push_back(std::move(*worker));
  }
  for (std::uint32_t index = 0; index < job_.config.workers; ++index) {
    Worker& worker = *workers_[index];
    auto started =
        group_->start(fmt::format("worker {}", index),
                      [&worker](const std::stop_token& stop) { return worker.run(stop); });
    if (!started) return started;
  }
  return {};
}

// Until then, or until the run is over.
void Run::wait_until(std::uint64_t deadline_ns) {
  for (auto now_ns = monotonic_ns(); !over_ && now_ns < deadline_ns; now_ns = monotonic_ns()) {
    std::array<pollfd, 2> watched = {{{.fd = signals_.fd(), .events = POLLIN, .revents = 0},
                                      {.fd = group_->ended_fd(), .events = POLLIN, .revents = 0}}};
    const std::uint64_t rest_ns = deadline_ns - now_ns;
    const timespec timeout{.tv_sec = static_cast<time_t>(rest_ns / second_ns),
                           .tv_nsec = static_cast<long>(rest_ns % second_ns)};
    over_ = ::ppoll(watched.data(), watched.size(), &timeout, nullptr) > 0;
  }
}

void Run::await_connections() {
  const auto connected = [](const auto& worker) { return worker->is_connected(); };
  while (!over_ && !std::ranges::all_of(workers_, connected)) {
    wait_until(monotonic_ns() + connect_poll_ns);
    log_refusal(statistics_.back());
  }
}

void Run::log_refusal(const WorkerStatistics& statistics) {
  const bool refused = totals_of(statistics)[static_cast<std::size_t>(Count::refused)] > 0;
  if (!refused || std::exchange(logged_refusal_, true)) return;
  end_live_line();
  spdlog::error(fmt::format("{} refuses connections: nothing listens on that port (logged once)",
                            job_.target));
}

// On a terminal it overwrites itself; elsewhere each line stays.
void Run::show_live_line(const std::string& line) {
  if (on_terminal_) std::cerr << '\r' << line << "\x1b[K" << std::flush;
  if (!on_terminal_) std::cerr << line << '\n';
  has_live_line_ = true;
}

void Run::end_live_line() {
  if (std::exchange(has_live_line_, false) && on_terminal_) std::cerr << '\n';
}

// `duration_ns` 0: until the run is over.
Measurement Run::measure(const WorkerStatistics& statistics, std::uint64_t duration_ns) {
  Measurement measurement(statistics, job_.layout, tracker_);
  const std::uint64_t begin_ns = monotonic_ns();
  const std::uint64_t end_ns = duration_ns > 0 ? begin_ns + duration_ns : ~std::uint64_t{0};
  for (std::uint64_t next_ns = begin_ns + second_ns; next_ns <= end_ns; next_ns += second_ns) {
    wait_until(next_ns);
    if (over_) break;
    measurement.sample();
    show_live_line(measurement.live_line());
    log_refusal(statistics);
  }
  wait_until(end_ns);
  measurement.end();
  end_live_line();
  return measurement;
}

// With `summarize_last`, what comes before is a phase of its own, of which nothing is reported.
Report Run::run_once(const WorkerStatistics& connecting) {
  const std::uint64_t rate = job_.config.mode == Mode::saturate ? 0 : job_.config.rate;
  const std::uint64_t duration_ns = job_.config.duration * second_ns;
  const std::uint64_t measured_ns = job_.config.summarize_last * second_ns;
  const WorkerStatistics* statistics = &connecting;
  if (measured_ns > 0 && measured_ns < duration_ns) {
    enter(rate, connecting);
    measure(connecting, duration_ns - measured_ns);
    statistics = &new_statistics();
  }
  enter(rate, *statistics);
  const Measurement measurement = measure(*statistics, measured_ns > 0 ? measured_ns : duration_ns);
  end();
  return measurement.report(job_.config);
}

Measurement Run::try_rate(std::uint64_t rate) {
  enter(rate, new_statistics());
  wait_until(monotonic_ns() + settle_ns);
  const WorkerStatistics& statistics = new_statistics();
  enter(rate, statistics);
  return measure(statistics, job_.config.search_step_duration * second_ns);
}

// Reports on the highest rate that was good, or on the last one if none was. A rate is too high
// when it fails twice, for the machine may have been disturbed once.
Report Run::search() {
  RateSearch search(job_.config.rate);
  std::vector<SearchStep> steps;
  Report report;
  Limit limit = Limit::tracker;
  bool failed_before = false;
  for (auto rate = search.next(); rate && !over_; rate = search.next()) {
    const Measurement measurement = try_rate(*rate);
    if (over_ && !steps.empty()) break;  // cut short, so it shows nothing
    const SearchStep step = measurement.search_step(job_.config, *rate);
    std::cerr << to_text(step);
    steps.push_back(step);
    if (step.good || search.highest_good() == 0) report = measurement.report(job_.config);
    if (!step.good) limit = limit_of(measurement, *rate);
    failed_before = !step.good && !failed_before;
    if (!failed_before) search.record(step.good);
  }
  end();
  DCHECK(search.highest_good() == highest_good_rate(steps));
  report.search = std::move(steps);
  // A rate that was kept, but with latencies or losses that are too high, is the tracker's limit.
  report.limited_by = limit == Limit::generator ? limit : Limit::tracker;
  return report;
}

void Run::end() {
  group_->request_stop();
  group_->join();
}

}  // namespace

std::expected<Report, std::string> run(const Job& job, pid_t tracker) {
  const auto run = Run::create(job, tracker);
  if (!run) return std::unexpected(run.error());
  return (*run)->execute();
}

}  // namespace gyre::load_test
