// Reports the state of the program to the service manager by systemd's sd_notify protocol:
// datagrams to the unix socket that $NOTIFY_SOCKET names. Without that variable every call is a
// no-op.
//
// The socket is connected on creation, so that chroot and a change of user do not cut it off.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "common/base/fd.hpp"

namespace gyre::process {

class Notifier {
 public:
  // Reports to nobody.
  Notifier() = default;

  // REQUIRES: no other thread is running, since it reads the environment. The error names the
  // socket.
  static std::expected<Notifier, std::string> from_environment();

  // Errors are ignored: a program does not stop because its manager does not listen.
  void ready() const;                            // READY=1
  void reloading() const;                        // RELOADING=1, to be followed by ready()
  void stopping() const;                         // STOPPING=1
  void status(std::string_view sentence) const;  // STATUS=..., one line for systemctl status

 private:
  explicit Notifier(Fd socket) : socket_(std::move(socket)) {}
  void send(const std::string& message) const;

  Fd socket_;
};

}  // namespace gyre::process
