#include "common/tracker/stream_options.hpp"

#include <algorithm>
#include <bit>

#include "common/base/check.hpp"
#include "common/tracker/connection_limits.hpp"

namespace gyre::tracker {

std::array<std::uint64_t, connection::deadline_count> deadlines_ns(
    const StreamDeadlines& deadlines) {
  std::array<std::uint64_t, connection::deadline_count> all{};
  const auto set = [&](connection::Deadline deadline, Seconds seconds) {
    all[static_cast<std::size_t>(deadline)] = std::uint64_t{seconds} * 1'000'000'000;
  };
  set(connection::Deadline::handshake, deadlines.handshake);
  set(connection::Deadline::first_request, deadlines.request);
  set(connection::Deadline::request, deadlines.request);
  set(connection::Deadline::message, deadlines.request);
  set(connection::Deadline::idle, deadlines.idle);
  set(connection::Deadline::write, deadlines.write);
  set(connection::Deadline::send_slot, deadlines.write);
  set(connection::Deadline::lingering, deadlines.lingering);
  return all;
}

connection::Options connection_options(const StreamSetup& setup) {
  const std::uint32_t ring_size = std::bit_ceil(setup.ring_size);
  return {.addresses = setup.addresses,
          .proxy_protocol = setup.proxy.proxy_protocol,
          .proxies = setup.proxy.runs_behind_reverse_proxy || setup.proxy.proxy_protocol
                         ? &setup.trusted_networks
                         : nullptr,
          .client_secret = setup.client_secret,
          .limit_reached = log_limit_reached,
          .receive_buffer_count = ring_size / 2,
          .send_slot_count = ring_size,
          .deadlines_ns = deadlines_ns(setup.deadlines)};
}

std::uint32_t share_of_worker(std::uint32_t max_connections, std::size_t worker_count) {
  DCHECK(worker_count > 0);
  return std::max(max_connections / static_cast<std::uint32_t>(worker_count), 1U);
}

http1::AddressHeader address_header(const config::ProxyConfig& proxy) {
  if (!proxy.runs_behind_reverse_proxy) return {};
  return {.name = proxy.reverse_proxy_ip_header_name,
          .format = proxy.reverse_proxy_ip_header_format};
}

process::SandboxPaths sandbox_paths(const Core& core, const config::ListeningConfig& listening) {
  process::SandboxPaths paths = core.sandbox_paths();
  if (config::wants_tls(listening)) {
    for (const auto* files :
         {&listening.tls.tls_certificate_path, &listening.tls.tls_private_key_path}) {
      paths.read.insert(paths.read.end(), files->begin(), files->end());
    }
  }
  paths.removed = listening.unix_sockets;
  return paths;
}

}  // namespace gyre::tracker
