#include "common/ring/datagram.hpp"

#include <liburing.h>

#include <algorithm>
#include <cstring>

#include "common/base/bytes.hpp"

namespace gyre::ring {
namespace {

static_assert(receive_overhead == sizeof(io_uring_recvmsg_out) + source_size + packet_info_size);

// Missing bytes at the end are zero.
template <class T>
T copy_from(std::span<const std::byte> bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

// One control message with `data` as its content.
template <class T>
std::size_t write_message(std::span<std::byte> control, int level, int type, const T& data) {
  cmsghdr header{};
  header.cmsg_len = CMSG_LEN(sizeof data);
  DCHECK(control.size() >= CMSG_SPACE(sizeof data));
  header.cmsg_level = level;
  header.cmsg_type = type;
  std::memset(control.data(), 0, CMSG_SPACE(sizeof data));
  std::memcpy(control.data(), &header, sizeof header);
  std::memcpy(control.data() + CMSG_LEN(0), &data, sizeof data);
  return CMSG_SPACE(sizeof data);
}

bool is_link_local(const in6_addr& address) {
  return address.s6_addr[0] == 0xfe && (address.s6_addr[1] & 0xc0) == 0x80;
}

}  // namespace

msghdr receive_shape(bool with_packet_info) {
  msghdr shape{};
  shape.msg_namelen = source_size;
  shape.msg_controllen = with_packet_info ? packet_info_size : 0;
  return shape;
}

std::size_t payload_offset(const msghdr& shape) {
  return sizeof(io_uring_recvmsg_out) + shape.msg_namelen + shape.msg_controllen;
}

ReceivedDatagram received_in(std::span<const std::byte> buffer, const msghdr& shape) {
  DCHECK(buffer.size() >= payload_offset(shape));
  const auto header = copy_from<io_uring_recvmsg_out>(buffer);
  const auto name = buffer.subspan(sizeof header, shape.msg_namelen);
  const auto control = buffer.subspan(sizeof header + shape.msg_namelen, shape.msg_controllen);
  return {.source = name.first(std::min<std::size_t>(header.namelen, name.size())),
          .control = control.first(std::min<std::size_t>(header.controllen, control.size())),
          .payload = buffer.subspan(payload_offset(shape))};
}

std::optional<ReceivedDatagram> parse_received(std::span<const std::byte> buffer,
                                               const msghdr& shape) {
  if (buffer.size() < payload_offset(shape)) return std::nullopt;
  return received_in(buffer, shape);
}

net::SocketAddress source_of(const ReceivedDatagram& datagram) {
  if (copy_from<sa_family_t>(datagram.source) == AF_INET) {
    const auto name = copy_from<sockaddr_in>(datagram.source);
    Ipv4Address ipv4;
    std::memcpy(ipv4.bytes.data(), &name.sin_addr, ipv4.bytes.size());
    return {ipv4, big_endian(name.sin_port)};
  }
  const auto name = copy_from<sockaddr_in6>(datagram.source);
  Ipv6Address ipv6;
  std::memcpy(ipv6.bytes.data(), &name.sin6_addr, ipv6.bytes.size());
  const std::uint16_t port = big_endian(name.sin6_port);
  if (const auto ipv4 = ipv4_mapped_in(ipv6)) return {*ipv4, port};
  return {ipv6, port};
}

std::size_t write_reply_control(std::span<const std::byte> received_control,
                                std::span<std::byte> control) {
  while (received_control.size() >= sizeof(cmsghdr)) {
    const auto header = copy_from<cmsghdr>(received_control);
    if (header.cmsg_len < CMSG_LEN(0) || header.cmsg_len > received_control.size()) break;
    const auto data = received_control.first(header.cmsg_len).subspan(CMSG_LEN(0));
    // Routing chooses the interface; only link-local addresses need theirs.
    if (header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_PKTINFO) {
      auto info = copy_from<in_pktinfo>(data);
      info.ipi_ifindex = 0;
      return write_message(control, IPPROTO_IP, IP_PKTINFO, info);
    }
    if (header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_PKTINFO) {
      auto info = copy_from<in6_pktinfo>(data);
      if (!is_link_local(info.ipi6_addr)) info.ipi6_ifindex = 0;
      return write_message(control, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
    received_control = received_control.subspan(
        std::min<std::size_t>(CMSG_ALIGN(header.cmsg_len), received_control.size()));
  }
  return 0;
}

}  // namespace gyre::ring
