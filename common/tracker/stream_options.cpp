#include "common/tracker/stream_options.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "common/tracker/connection_limits.hpp"

namespace gyre::tracker {

std::array<std::uint64_t, io::deadline_count> deadlines_ns(const StreamDeadlines& deadlines) {
  std::array<std::uint64_t, io::deadline_count> all{};
  const auto set = [&](io::Deadline deadline, Seconds seconds) {
    all[static_cast<std::size_t>(deadline)] = std::uint64_t{seconds} * 1'000'000'000;
  };
  set(io::Deadline::greeting, deadlines.handshake);
  set(io::Deadline::first_request, deadlines.request);
  set(io::Deadline::request, deadlines.request);
  set(io::Deadline::message, deadlines.request);
  set(io::Deadline::idle, deadlines.idle);
  set(io::Deadline::write, deadlines.write);
  set(io::Deadline::send_slot, deadlines.write);
  set(io::Deadline::farewell, deadlines.farewell);
  return all;
}

io::StreamsOptions streams_options(const StreamSetup& setup) {
  const std::uint32_t ring_size = std::bit_ceil(setup.ring_size);
  return {.addresses = setup.addresses,
          .proxies = setup.proxy.runs_behind_reverse_proxy ? &setup.trusted_networks : nullptr,
          .client_secret = setup.client_secret,
          .limit_reached = log_limit_reached,
          .receive_buffer_count = ring_size / 2,
          .send_slot_count = ring_size,
          .deadlines_ns = deadlines_ns(setup.deadlines)};
}

std::uint32_t share_of_worker(std::uint32_t max_connections, std::size_t worker_count) {
  return std::max(max_connections / static_cast<std::uint32_t>(worker_count), 1U);
}

http::AddressHeader address_header(const config::ProxyConfig& proxy) {
  if (!proxy.runs_behind_reverse_proxy) return {};
  constexpr std::array formats = {http::AddressFormat::list, http::AddressFormat::single,
                                  http::AddressFormat::forwarded};  // by HeaderFormat
  return {.name = proxy.reverse_proxy_ip_header_name,
          .format = formats[static_cast<std::size_t>(proxy.reverse_proxy_ip_header_format)]};
}

}  // namespace gyre::tracker
