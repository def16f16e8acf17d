// The system's message for an errno value, for messages to the operator. Thread-safe, unlike
// strerror.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace gyre {

inline std::string errno_text(int error_number = errno) {
  return std::generic_category().message(error_number);
}

}  // namespace gyre
