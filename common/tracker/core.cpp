#include "common/tracker/core.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/random.hpp"
#include "common/process/host.hpp"

namespace gyre::tracker {
namespace {

constexpr std::size_t bucket_tables_per_worker = 3;

}  // namespace

Core::Core(std::string_view protocol, std::uint32_t socket_workers,
           const config::MetricsConfig& metrics, const config::AccessListConfig& access_list,
           const config::DenyConfig& deny)
    : protocol_(protocol),
      metrics_(metrics),
      worker_count_(socket_workers > 0 ? socket_workers : process::usable_cpu_count()),
      hash_secret_(random_sip_key()),
      lists_(access_list, deny, hash_secret_),
      bucket_table_size_(limits::bucket_table_size(process::usable_memory(),
                                                   bucket_tables_per_worker * worker_count_)),
      worker_clocks_(worker_count_, CLOCK_MONOTONIC),
      workers_ready_(static_cast<std::ptrdiff_t>(worker_count_)) {}

Core::~Core() {
  stop();
}

Result Core::start_metrics(WriteMetrics write_metrics) {
  if (!metrics_.run_prometheus_endpoint) return {};
  auto listener = metrics::listen_tcp(metrics_.prometheus_endpoint_address);
  if (!listener) return std::unexpected(listener.error());
  const std::string url = "http://" + to_string(listener->address);
  write_metrics_ = std::move(write_metrics);
  auto endpoint = metrics::Endpoint::start(std::move(listener->fd),
                                           {.title = "gyre_" + protocol_,
                                            .render = [this] { return metrics_text(); },
                                            .host_names = {listener->address, metrics_.host_names},
                                            .begin = [this] { return enter_sandbox(); }});
  if (!endpoint) return std::unexpected(endpoint.error());
  endpoint_ = std::move(*endpoint);
  spdlog::info(fmt::format("metrics at {}/metrics, status page at {}/", url, url));
  return {};
}

std::string Core::metrics_text() const {
  metrics::ExpositionWriter out;
  out.gauge("gyre_build_info", "Version of the program.", metrics::label("version", GYRE_VERSION),
            std::uint64_t{1});
  out.set_common_labels(metrics::label("protocol", protocol_));
  out.gauge("gyre_workers", "Worker threads.", "", std::uint64_t{worker_count_});
  write_metrics_(out);
  out.set_common_labels("");
  process_metrics_.write(out);
  return out.text();
}

Result Core::start_workers(const MakeWorker& make_worker) {
  DCHECK(!group_ && worker_count_ > 0);
  auto group = process::WorkerGroup::create();
  if (!group) return std::unexpected(group.error());
  group_ = std::move(*group);
  arenas_ = process::create_arenas(worker_count_);
  for (std::size_t index = 0; index < worker_count_; ++index) {
    auto started = group_->start("worker " + std::to_string(index),
                                 [this, index, make_worker](const std::stop_token& stop) {
                                   return run_worker(index, make_worker, stop);
                                 });
    if (!started) return started;
  }
  workers_ready_.wait();
  if (const auto failures = group_->failures(); !failures.empty()) {
    return std::unexpected(failures.front());
  }
  return {};
}

Result Core::start_thread(const std::string& name, process::WorkerGroup::Body body) {
  DCHECK(group_);
  return group_->start(name, [this, body = std::move(body)](const std::stop_token& stop) {
    auto entered = enter_sandbox();
    return entered ? body(stop) : entered;
  });
}

Result Core::run_worker(std::size_t index, const MakeWorker& make_worker,
                        const std::stop_token& stop) {
  // Ready, or failed when it leaves early, however it leaves.
  const auto count_down = [](std::latch* latch) { latch->count_down(); };
  std::unique_ptr<std::latch, decltype(count_down)> ready(&workers_ready_);
  CHECK(pthread_getcpuclockid(pthread_self(), &worker_clocks_[index]) == 0);
  if (!arenas_.empty()) process::use_arena(arenas_[index % arenas_.size()]);
  auto stop_event = EventFd::create();
  if (!stop_event) return std::unexpected(stop_event.error());
  auto loop = make_worker(index, stop_event->fd());
  if (!loop) return std::unexpected(loop.error());
  const std::stop_callback wake(stop, [&] { stop_event->signal(); });
  ready.reset();
  auto entered = enter_sandbox();
  return entered ? (*loop)() : entered;
}

limits::BucketTable Core::bucket_table() const {
  return {.size = bucket_table_size_, .secret = random_seed()};
}

std::size_t Core::busy_count_max() const {
  return std::min<std::size_t>(worker_count_, process::usable_cpu_count());
}

std::uint64_t Core::worker_cpu_ns() const {
  std::uint64_t sum = 0;
  for (const clockid_t clock : worker_clocks_) {
    timespec used{};  // stays 0 if the worker has ended
    clock_gettime(clock, &used);
    sum += static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(used.tv_nsec);
  }
  return sum;
}

process::SandboxPaths Core::sandbox_paths() const {
  process::SandboxPaths paths;
  paths.read = lists_.paths();
  return paths;
}

void Core::serve(process::Sandbox sandbox) {
  sandbox_ = std::move(sandbox);
  serving_.count_down();
}

Result Core::enter_sandbox() const {
  serving_.wait();
  return sandbox_.enter();
}

void Core::stop() {
  if (!is_serving()) serving_.count_down();
  if (group_) {
    group_->request_stop();
    group_->join();
  }
  endpoint_.reset();  // it reads state of the tracker
}

std::string announce_url(std::string_view scheme, const net::SocketAddress& address) {
  const std::string host =
      address.is_wildcard() ? "YOUR-HOST:" + std::to_string(address.port) : to_string(address);
  return std::string(scheme) + "://" + host + "/announce";
}

}  // namespace gyre::tracker
