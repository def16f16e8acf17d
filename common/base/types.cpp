#include "common/base/types.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "common/base/numbers.hpp"

namespace gyre {
namespace {

template <int AddressFamily, std::size_t Size>
std::string address_text(const std::array<std::byte, Size>& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AddressFamily, bytes.data(), text.data(), text.size());
  return text.data();
}

template <int AddressFamily, class Address>
std::optional<Address> address_from(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};  // inet_pton takes a C string
  if (text.size() >= terminated.size() || text.contains('\0')) return std::nullopt;
  std::ranges::copy(text, terminated.begin());
  Address address;
  if (inet_pton(AddressFamily, terminated.data(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

}  // namespace

std::string to_hex(const InfoHash& info_hash) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * info_hash.bytes.size());
  for (const std::byte byte : info_hash.bytes) {
    hex += digits[std::to_integer<std::size_t>(byte >> 4)];
    hex += digits[std::to_integer<std::size_t>(byte & std::byte{0x0f})];
  }
  return hex;
}

std::optional<InfoHash> info_hash_from_hex(std::string_view hex) {
  InfoHash info_hash;
  if (hex.size() != 2 * info_hash.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < info_hash.bytes.size(); ++i) {
    const int high = hex_digit(hex[2 * i]);
    const int low = hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    info_hash.bytes[i] = static_cast<std::byte>(high << 4 | low);
  }
  return info_hash;
}

std::string to_string(Ipv4Address address) {
  return address_text<AF_INET>(address.bytes);
}

std::string to_string(const Ipv6Address& address) {
  return address_text<AF_INET6>(address.bytes);
}

std::optional<Ipv4Address> ipv4_mapped_in(const Ipv6Address& address) {
  const auto& bytes = address.bytes;
  const bool mapped = std::all_of(bytes.begin(), bytes.begin() + 10,
                                  [](std::byte b) { return b == std::byte{}; }) &&
                      bytes[10] == std::byte{0xff} && bytes[11] == std::byte{0xff};
  if (!mapped) return std::nullopt;
  return Ipv4Address{{bytes[12], bytes[13], bytes[14], bytes[15]}};
}

std::optional<Ipv4Address> ipv4_address_from(std::string_view text) {
  return address_from<AF_INET, Ipv4Address>(text);
}

std::optional<Ipv6Address> ipv6_address_from(std::string_view text) {
  return address_from<AF_INET6, Ipv6Address>(text);
}

std::optional<ClientAddress> client_address_from(std::string_view text) {
  if (const auto ipv4 = ipv4_address_from(text)) return *ipv4;
  const auto ipv6 = ipv6_address_from(text);
  if (!ipv6) return std::nullopt;
  if (const auto ipv4 = ipv4_mapped_in(*ipv6)) return *ipv4;
  return *ipv6;
}

std::string to_string(const ClientAddress& address) {
  return std::visit([](const auto& known) { return to_string(known); }, address);
}

}  // namespace gyre
