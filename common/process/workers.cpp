#include "common/process/workers.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <system_error>
#include <utility>

#include "common/process/host.hpp"

// jemalloc's, in programs that link it.
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old_value, std::size_t* old_size,
                                     void* new_value, std::size_t new_size);

namespace gyre::process {
namespace {

std::expected<void, std::string> run_guarded(const WorkerGroup::Body& body,
                                             const std::stop_token& stop) {
  try {
    return body(stop);
  } catch (const std::exception& exception) {
    return std::unexpected(std::string("exception: ") + exception.what());
  } catch (...) {
    return std::unexpected("exception of an unknown type");
  }
}

}  // namespace

std::expected<std::unique_ptr<WorkerGroup>, std::string> WorkerGroup::create() {
  auto ended = EventFd::create();
  if (!ended) return std::unexpected("cannot watch the workers: " + ended.error());
  return std::unique_ptr<WorkerGroup>(new WorkerGroup(std::move(*ended)));
}

WorkerGroup::~WorkerGroup() {
  request_stop();
  join();
}

std::expected<void, std::string> WorkerGroup::start(const std::string& name, Body body) {
  try {
    threads_.emplace_back([this, name, body = std::move(body)] { run(name, body); });
    return {};
  } catch (const std::system_error& error) {
    return std::unexpected("cannot start thread " + name + ": " + error.code().message());
  }
}

void WorkerGroup::run(const std::string& name, const Body& body) {
  set_thread_name(name);
  const auto result = run_guarded(body, stop_.get_token());
  const bool was_stopped = stop_.stop_requested();
  if (!result || !was_stopped) {
    const std::lock_guard lock(mutex_);
    failures_.push_back(name + ": " + (result ? "ended unexpectedly" : result.error()));
  }
  ended_.signal();
}

void WorkerGroup::request_stop() {
  stop_.request_stop();
}

void WorkerGroup::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::vector<std::string> WorkerGroup::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

void wait_for_stop(const std::stop_token& stop, std::chrono::nanoseconds time) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, time, [] { return false; });
}

void disable_thread_cache() {
  bool enabled = false;
  if (mallctl != nullptr) {
    mallctl("thread.tcache.enabled", nullptr, nullptr, &enabled, sizeof enabled);
  }
}

std::vector<unsigned> create_arenas(std::size_t worker_count) {
  constexpr std::size_t workers_per_arena = 4;
  constexpr std::size_t arenas_max = 64;
  std::vector<unsigned> arenas;
  if (mallctl == nullptr || worker_count <= 2 * workers_per_arena) return arenas;
  while (arenas.size() < std::min(worker_count / workers_per_arena, arenas_max)) {
    unsigned arena = 0;
    std::size_t size = sizeof arena;
    if (mallctl("arenas.create", &arena, &size, nullptr, 0) != 0) break;
    arenas.push_back(arena);
  }
  return arenas;
}

void use_arena(unsigned arena) {
  if (mallctl != nullptr) mallctl("thread.arena", nullptr, nullptr, &arena, sizeof arena);
}

void start_allocator_thread() {
  bool enabled = true;
  if (mallctl != nullptr) {
    mallctl("background_thread", nullptr, nullptr, &enabled, sizeof enabled);
  }
}

}  // namespace gyre::process
