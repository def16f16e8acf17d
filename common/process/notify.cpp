#include "common/process/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/base/clock.hpp"
#include "common/base/text.hpp"

namespace gyre::process {

std::expected<Notifier, std::string> Notifier::from_environment() {
  const char* variable = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe)
  if (variable == nullptr || *variable == '\0') return Notifier();
  const std::string_view path = variable;
  const auto failed = [&](const std::string& reason) {
    return std::unexpected(
        "cannot reach the service manager at NOTIFY_SOCKET=" + std::string(path) + ": " + reason);
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.front() != '/' && path.front() != '@') return failed("it must begin with / or @");
  if (path.size() >= sizeof address.sun_path) return failed("the path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path.front() == '@') address.sun_path[0] = '\0';  // the abstract namespace

  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return failed(errno_text());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    return failed(errno_text());
  }
  return Notifier(std::move(socket));
}

void Notifier::ready() const {
  send("READY=1");
}

void Notifier::reloading() const {
  // Type=notify-reload needs the time too, to tell this reload from an earlier one.
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_ns() / 1000));
}

void Notifier::stopping() const {
  send("STOPPING=1");
}

void Notifier::status(std::string_view sentence) const {
  // A line end would start another assignment.
  send("STATUS=" + std::string(sentence.substr(0, sentence.find('\n'))));
}

void Notifier::send(const std::string& message) const {
  if (!socket_) return;
  [[maybe_unused]] const auto sent =
      ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace gyre::process
