// For what cannot be undone, such as giving up privileges: a child process does it.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

#include "common/base/fd.hpp"

namespace gyre::test {

// Runs `body` in a child and returns its complaint, or an empty text.
inline std::string in_child(const std::function<std::string()>& body) {
  std::array<int, 2> pipe_ends{};
  EXPECT_EQ(pipe(pipe_ends.data()), 0);
  const Fd reader(pipe_ends[0]);
  Fd writer(pipe_ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    const std::string complaint = body();
    const ssize_t written = write(writer.get(), complaint.data(), complaint.size());
    _exit(written == static_cast<ssize_t>(complaint.size()) ? 0 : 1);
  }
  writer.reset();
  std::string complaint;
  std::array<char, 4096> piece{};
  for (ssize_t size = 1; size > 0;) {
    size = read(reader.get(), piece.data(), piece.size());
    if (size > 0) complaint.append(piece.data(), static_cast<std::size_t>(size));
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "the child failed";
  return complaint;
}

}  // namespace gyre::test
