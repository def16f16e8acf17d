#include "common/net/proxy_protocol.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/numbers.hpp"

namespace gyre::net {
namespace {

constexpr std::string_view signature_v1 = "PROXY ";
constexpr std::string_view signature_v2{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t size_max_v1 = 107;  // CRLF included
constexpr std::size_t fixed_size_v2 = 16;

constexpr ProxyHeader incomplete{};

// An IPv4-mapped IPv6 address is treated as IPv4, as everywhere.
SocketAddress source_of(const ClientAddress& address, std::uint16_t port) {
  if (const auto* ipv6 = std::get_if<Ipv6Address>(&address)) {
    if (const auto ipv4 = ipv4_mapped_in(*ipv6)) return {*ipv4, port};
  }
  return {address, port};
}

// Splits a line into exactly Count fields, separated by single spaces.
template <std::size_t Count>
std::optional<std::array<std::string_view, Count>> words_of(std::string_view line) {
  std::array<std::string_view, Count> words;
  for (std::size_t i = 0; i < Count; ++i) {
    const std::size_t size = i + 1 < Count ? line.find(' ') : line.size();
    if (size == std::string_view::npos) return std::nullopt;
    words[i] = line.substr(0, size);
    line.remove_prefix(std::min(size + 1, line.size()));
  }
  return words;
}

// "TCP4 source destination source-port destination-port".
template <class Address>
std::optional<ProxyHeader> parse_addresses_v1(
    std::string_view line, std::size_t size,
    std::optional<Address> (*address_from)(std::string_view)) {
  const auto words = words_of<5>(line);
  if (!words) return std::nullopt;
  const auto source = address_from((*words)[1]);
  const auto port = number_from<std::uint16_t>((*words)[3]);
  if (!source || !address_from((*words)[2]) || !port || !number_from<std::uint16_t>((*words)[4]))
    return std::nullopt;
  return ProxyHeader{size, source_of(*source, *port)};
}

std::optional<ProxyHeader> parse_v1(std::string_view text) {
  text = text.substr(0, size_max_v1);
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) {
    return text.size() < size_max_v1 ? std::optional(incomplete) : std::nullopt;
  }
  const std::string_view line = text.substr(signature_v1.size(), end - signature_v1.size());
  const std::size_t size = end + 2;
  DCHECK(size <= size_max_v1);
  if (line.starts_with("TCP4 ")) return parse_addresses_v1(line, size, ipv4_address_from);
  if (line.starts_with("TCP6 ")) return parse_addresses_v1(line, size, ipv6_address_from);
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return ProxyHeader{.size = size};
  return std::nullopt;
}

// The block holds source and destination address, then their ports.
template <class Address>
std::optional<SocketAddress> source_v2(std::span<const std::byte> block) {
  if (block.size() < 2 * sizeof(Address) + 4) return std::nullopt;
  ByteReader reader(block);
  const Address source{reader.read_array<sizeof(Address)>()};
  reader.skip(sizeof(Address));
  return source_of(source, reader.read<std::uint16_t>());
}

std::optional<ProxyHeader> parse_v2(std::span<const std::byte> input) {
  if (input.size() < fixed_size_v2) return incomplete;
  const auto version_and_command = std::to_integer<unsigned>(input[12]);
  const auto family_and_protocol = std::to_integer<unsigned>(input[13]);
  const std::size_t size = fixed_size_v2 + load_be<std::uint16_t>(input.data() + 14);
  constexpr unsigned local = 0x20;
  constexpr unsigned proxied = 0x21;
  if (version_and_command != local && version_and_command != proxied) return std::nullopt;
  if (size > proxy_header_size_max) return std::nullopt;
  if (input.size() < size) return incomplete;

  DCHECK(size >= fixed_size_v2 && size <= proxy_header_size_max);
  ProxyHeader header{.size = size};
  if (version_and_command == local) return header;
  const auto block = input.first(size).subspan(fixed_size_v2);
  const unsigned family = family_and_protocol >> 4;
  if (family != 1 && family != 2) return header;  // unix sockets, unspecified
  header.source = family == 1 ? source_v2<Ipv4Address>(block) : source_v2<Ipv6Address>(block);
  return header.source ? std::optional(header) : std::nullopt;
}

bool starts_like(std::string_view text, std::string_view signature) {
  const std::size_t size = std::min(text.size(), signature.size());
  return text.substr(0, size) == signature.substr(0, size);
}

}  // namespace

std::optional<ProxyHeader> parse_proxy_header(std::span<const std::byte> input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  if (text.starts_with(signature_v1)) return parse_v1(text);
  if (text.starts_with(signature_v2)) return parse_v2(input);
  const bool may_become_one = starts_like(text, signature_v1) || starts_like(text, signature_v2);
  return may_become_one ? std::optional(incomplete) : std::nullopt;
}

}  // namespace gyre::net
