#include "tests/simulation/simulated_streams.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/base/check.hpp"

namespace gyre::simulation {
namespace {

constexpr int first_descriptor = 1000;

}  // namespace

ClientId Streams::connect(std::uint32_t file_index, std::optional<net::SocketAddress> address) {
  const ClientId id = next_id_++;
  clients_[id].address = address;
  waiting_[file_index].push_back(id);
  return id;
}

void Streams::take(ClientId id, std::size_t size_max) {
  Client& client = clients_.at(id);
  const std::size_t size = std::min(size_max, client.in_flight.size());
  client.taken += client.in_flight.substr(0, size);
  client.in_flight.erase(0, size);
}

std::size_t Streams::waiting_connections() const {
  std::size_t count = 0;
  for (const auto& [file_index, ids] : waiting_) count += ids.size();
  return count;
}

void Streams::arm(const Accept& accept) {
  for (const Accept& armed : accepts_) {
    CHECK(armed.ring != accept.ring || armed.token != accept.token);
  }
  accepts_.push_back(accept);
}

void Streams::arm(const Receive& receive) {
  CHECK(open_.contains(receive.fd));
  for (const Receive& armed : receives_) CHECK(armed.fd != receive.fd);
  receives_.push_back(receive);
}

void Streams::send(const Sending& sending) {
  CHECK(open_.contains(sending.fd) && !client_at(sending.fd).worker_ended);
  // Two sends at once may be cut in pieces and mixed.
  for (const Sending& other : sends_) CHECK(other.fd != sending.fd);
  sends_.push_back(sending);
}

void Streams::cancel(std::uint64_t token, const Hooks& hooks) {
  const auto with_token = [&](const auto& armed) {
    return armed.ring == hooks.ring && armed.token == token;
  };
  const auto sending = std::ranges::find_if(sends_, [&](const Sending& candidate) {
    return candidate.ring == hooks.ring && candidate.token == token;
  });
  if (sending != sends_.end()) {
    const auto sent = static_cast<std::int32_t>(sending->sent);
    sends_.erase(sending);
    hooks.complete(token, sent > 0 ? sent : -ECANCELED, std::nullopt, false);
    return;
  }
  if (std::erase_if(accepts_, with_token) + std::erase_if(receives_, with_token) == 0) return;
  hooks.complete(token, -ECANCELED, std::nullopt, false);
}

void Streams::advance(const Hooks& hooks) {
  std::erase_if(accepts_, [&](const Accept& accept) {
    if (accept.ring != hooks.ring) return false;
    while (!waiting_[accept.file_index].empty()) {
      if (!accept_one(accept, hooks)) return true;
    }
    return false;
  });
  std::erase_if(sends_, [&](Sending& sending) {
    return sending.ring == hooks.ring && advance_send(sending, hooks);
  });
  std::erase_if(receives_, [&](const Receive& receive) {
    return receive.ring == hooks.ring && !receive_some(receive, hooks);
  });
}

// Returns whether the multishot goes on; so does receive_some().
bool Streams::accept_one(const Accept& accept, const Hooks& hooks) {
  if (open_.size() >= descriptors_max) {
    ++accept_failures;
    hooks.complete(accept.token, -EMFILE, std::nullopt, false);
    return false;
  }
  if (chance(faults.accept_aborts)) {
    hooks.complete(accept.token, -ECONNABORTED, std::nullopt, false);
    return false;
  }
  int fd = first_descriptor;  // the lowest that is free, as a kernel does it
  while (open_.contains(fd)) ++fd;
  auto& waiting = waiting_[accept.file_index];
  open_[fd] = waiting.front();
  waiting.pop_front();
  const bool more = !chance(faults.accept_ends);
  hooks.complete(accept.token, fd, std::nullopt, more);
  return more;
}

bool Streams::receive_some(const Receive& receive, const Hooks& hooks) {
  Client& client = client_at(receive.fd);
  if (chance(faults.receive_late)) return true;
  while (true) {
    if (client.reset) {
      hooks.complete(receive.token, -ECONNRESET, std::nullopt, false);
      return false;
    }
    if (client.to_worker.empty()) {
      if (!client.ended) return true;
      const auto buffer =
          chance(faults.end_with_buffer) ? hooks.fill_buffer({}) : std::optional<std::uint16_t>{};
      hooks.complete(receive.token, 0, buffer, false);
      return false;
    }
    std::size_t size = std::min(client.to_worker.size(), hooks.buffer_size());
    if (chance(faults.receive_short)) {
      size = 1 + random_.below(static_cast<std::uint32_t>(size));
      size = std::min(size, client.to_worker.size());
    }
    const auto buffer = hooks.fill_buffer(std::string_view(client.to_worker).substr(0, size));
    if (!buffer) {
      hooks.complete(receive.token, -ENOBUFS, std::nullopt, false);
      return false;
    }
    client.to_worker.erase(0, size);
    const bool more = !chance(faults.receive_ends);
    hooks.complete(receive.token, static_cast<std::int32_t>(size), buffer, more);
    if (!more) return false;
    if (chance(faults.receive_late)) return true;
  }
}

// Returns whether it is over.
bool Streams::advance_send(Sending& sending, const Hooks& hooks) {
  Client& client = client_at(sending.fd);
  if (client.reset) {
    hooks.complete(sending.token, -ECONNRESET, std::nullopt, false);
    return true;
  }
  if (chance(faults.send_waits_on)) return false;
  const auto bytes = sending.bytes;
  const std::size_t room = send_room - std::min(send_room, client.in_flight.size());
  const std::size_t size = std::min(room, bytes.size() - sending.sent);
  client.in_flight.append(reinterpret_cast<const char*>(bytes.data()) + sending.sent, size);
  sending.sent += size;
  if (sending.sent < bytes.size()) return false;
  hooks.complete(sending.token, static_cast<std::int32_t>(bytes.size()), std::nullopt, false);
  return true;
}

void Streams::close(int fd, bool reset) {
  for (const Receive& armed : receives_) CHECK(armed.fd != fd);
  for (const Sending& sending : sends_) CHECK(sending.fd != fd);
  Client& client = client_at(fd);
  client.worker_closed = true;
  client.worker_ended = true;
  // A kernel resets a connection that is closed before everything was read.
  if (reset || !client.to_worker.empty()) {
    client.worker_reset = true;
    client.in_flight.clear();
  }
  open_.erase(fd);
}

}  // namespace gyre::simulation
