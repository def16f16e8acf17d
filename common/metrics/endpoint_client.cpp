#include "common/metrics/endpoint_client.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <span>

#include "common/base/check.hpp"

namespace gyre::metrics {
namespace {

bool may_retry(ssize_t result) {
  return result < 0 && (errno == EAGAIN || errno == EINTR);
}

}  // namespace

short EndpointClient::wanted_events() const {
  return state_ == State::writing ? POLLOUT : POLLIN;
}

void EndpointClient::advance(const Site& site) {
  switch (state_) {
    case State::reading:
      return read_request(site);
    case State::writing:
      return write_response();
    case State::draining:
      return drain();
    case State::closed:
      return;
  }
}

void EndpointClient::read_request(const Site& site) {
  DCHECK(input_size_ < input_.size());
  const auto free = std::span(input_).subspan(input_size_);
  const ssize_t received = recv(fd(), free.data(), free.size(), MSG_DONTWAIT);
  if (may_retry(received)) return;
  if (received <= 0) {
    state_ = State::closed;
    return;
  }
  const std::size_t seen = input_size_;
  input_size_ += static_cast<std::size_t>(received);
  http1::RequestHead head;
  const auto parsed = http1::parse_request_head(std::span(input_).first(input_size_), head, seen);
  if (parsed == http1::incomplete_head) return;
  output_ = parsed ? response_to(head, site) : response_to(parsed.error());
  state_ = State::writing;
  write_response();
}

void EndpointClient::write_response() {
  DCHECK(written_ < output_.size());
  const std::span<const char> rest = std::span(output_).subspan(written_);
  const ssize_t sent = send(fd(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (may_retry(sent)) return;
  if (sent < 0) {
    state_ = State::closed;
    return;
  }
  written_ += static_cast<std::size_t>(sent);
  if (written_ < output_.size()) return;
  state_ = shutdown(fd(), SHUT_WR) == 0 ? State::draining : State::closed;
}

void EndpointClient::drain() {
  const ssize_t received = recv(fd(), input_.data(), input_.size(), MSG_DONTWAIT);
  if (received == 0 || (received < 0 && !may_retry(received))) state_ = State::closed;
}

}  // namespace gyre::metrics
