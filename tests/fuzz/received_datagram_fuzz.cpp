// The first byte decides whether the buffer has space for control messages; the rest is a receive
// buffer, filled as no kernel would. Every view lies inside it, and replying does not read out of
// bounds.
#include <array>
#include <cstdint>
#include <numeric>

#include "common/ring/datagram.hpp"
#include "tests/support/bytes.hpp"

namespace {

using namespace gyre;
using namespace gyre::ring;

void check_inside(std::span<const std::byte> buffer, std::span<const std::byte> view) {
  CHECK(view.empty() || view.data() >= buffer.data());
  CHECK(view.empty() || view.data() + view.size() <= buffer.data() + buffer.size());
}

void check_reply_control(std::span<const std::byte> received) {
  const test::ExactCopy copy(received);
  alignas(cmsghdr) std::array<std::byte, packet_info_size> control{};
  const std::size_t size = write_reply_control(copy.span(), control);
  CHECK(size == 0 || size == CMSG_SPACE(sizeof(in_pktinfo)) || size == packet_info_size);
  // The output is such a message itself, and has the same address.
  std::array<std::byte, packet_info_size> again{};
  CHECK(write_reply_control(std::span(control).first(size), again) == size);
  CHECK(std::ranges::equal(std::span(control).first(size), std::span(again).first(size)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const msghdr shape = receive_shape(data[0] % 2 == 1);
  const test::ExactCopy buffer(std::as_bytes(std::span(data + 1, size - 1)));
  check_reply_control(buffer.span());
  const auto datagram = parse_received(buffer.span(), shape);
  if (!datagram) return 0;
  for (const auto view : {datagram->source, datagram->control, datagram->payload}) {
    check_inside(buffer.span(), view);
  }
  const net::SocketAddress source = source_of(*datagram);
  const auto* ipv6 = std::get_if<Ipv6Address>(&source.address);
  CHECK(ipv6 == nullptr || !ipv4_mapped_in(*ipv6));
  check_reply_control(datagram->control);
  return 0;
}
