// Files that are read whole.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

namespace gyre {

// A file that the operator named. The error is the reason, without the path: among others that it
// is not a regular file, or larger than `size_max` bytes. Never blocks on a FIFO.
std::expected<std::string, std::string> read_file(const std::string& path, std::size_t size_max);

// Whatever can be read to its end: pipes, /dev/stdin, files of /proc.
std::expected<std::string, std::string> read_to_end(const std::string& path);

}  // namespace gyre
