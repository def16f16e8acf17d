// Reads a whole file that the operator named.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

namespace gyre {

// The error is the reason, without the path: among others that it is not a regular file, or larger
// than `size_max` bytes. Never blocks on a FIFO.
std::expected<std::string, std::string> read_file(const std::string& path, std::size_t size_max);

}  // namespace gyre
