// A file that the operator named, whole. It is read when it is small enough to be what was meant.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

namespace gyre {

// The error is the reason, without the path. Never waits for a FIFO; what is no regular file, or
// larger than `size_max`, is an error.
std::expected<std::string, std::string> read_file(const std::string& path, std::size_t size_max);

}  // namespace gyre
