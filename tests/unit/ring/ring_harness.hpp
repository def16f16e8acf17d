// The kernel's own ring with registered files, and helpers that run it until something has
// happened.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "common/ring/ring.hpp"
#include "tests/support/loopback.hpp"

namespace gyre::ring::test {

using gyre::test::address_of;
using gyre::test::Client;
using gyre::test::Name;
using gyre::test::receive;
using gyre::test::receive_now;

inline constexpr std::uint64_t patience_ns = 10'000'000'000;

inline Ring make_ring(const RingOptions& options, std::initializer_list<int> fds) {
  auto ring = Ring::create(options);
  if (!ring) ADD_FAILURE() << ring.error();
  CHECK(ring);
  CHECK(fds.size() == 0 || ring->register_files(std::vector<int>(fds)));
  return std::move(*ring);
}

// Completions that are available without waiting.
inline std::vector<Completion> take_now(Ring& ring) {
  std::vector<Completion> all;
  while (true) {
    EXPECT_TRUE(ring.wait(0));
    const auto completions = ring.take_completions();
    if (completions.empty()) return all;
    all.insert(all.end(), completions.begin(), completions.end());
  }
}

// Waits for at least `count` completions.
inline std::vector<Completion> take(Ring& ring, std::size_t count) {
  std::vector<Completion> all;
  while (all.size() < count) {
    EXPECT_TRUE(ring.wait(patience_ns));
    const auto completions = ring.take_completions();
    if (completions.empty()) {
      ADD_FAILURE() << "only " << all.size() << " of " << count << " completions came";
      return all;
    }
    all.insert(all.end(), completions.begin(), completions.end());
  }
  return all;
}

// A text to send, with the structures that the kernel reads.
class Message {
 public:
  explicit Message(std::string text) : text_(std::move(text)) {
    bytes_ = {.iov_base = text_.data(), .iov_len = text_.size()};
    header_.msg_iov = &bytes_;
    header_.msg_iovlen = 1;
  }
  Message(std::string text, const net::SocketAddress& to) : Message(std::move(text)) {
    name_ = Name(to);
    header_.msg_name = name_.get();
    header_.msg_namelen = name_.size;
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  const msghdr& header() const { return header_; }

 private:
  std::string text_;
  Name name_;
  iovec bytes_{};
  msghdr header_{};
};

}  // namespace gyre::ring::test
