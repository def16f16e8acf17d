// Datagrams of one size for one destination, which leave in a single system call where the kernel
// cuts them apart: UDP segmentation offload (UDP_SEGMENT, Linux 4.18). Requests are written in
// place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace gyre::load_test::udp {

bool can_segment(int fd);

class SegmentBatch {
 public:
  static constexpr std::size_t datagrams_max = 64;  // what the kernel takes in one call

  SegmentBatch();

  bool empty() const { return count_ == 0; }
  bool full() const { return sent_ + count_ == datagrams_max; }

  // Room for the next datagram, which joins the batch with add().
  std::span<std::byte> room();

  // REQUIRES: !full(), and the same size as those before it.
  void add(std::size_t datagram_size);

  // Sends what the socket takes; the rest stays. Returns 0 when the batch is empty now, else an
  // errno. `segment` is cleared when the route turns out not to take segments.
  int send(int fd, bool& segment);

 private:
  int send_front(int fd, std::size_t count) const;

  std::unique_ptr<std::byte[]> bytes_;
  std::size_t datagram_size_ = 0;
  std::size_t sent_ = 0;   // datagrams at the front that have left
  std::size_t count_ = 0;  // datagrams behind them
};

}  // namespace gyre::load_test::udp
