// The system's sentence for an error number, for messages to the operator. Safe in threads, which
// strerror is not.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace gyre {

inline std::string errno_text(int error_number = errno) {
  return std::generic_category().message(error_number);
}

}  // namespace gyre
