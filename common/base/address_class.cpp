#include "common/base/address_class.hpp"

namespace gyre {
namespace {

constexpr std::uint32_t first_bits(std::uint32_t address, unsigned count) {
  return address >> (32 - count);
}

AddressClass class_of_ipv4(std::uint32_t address) {
  switch (address >> 24) {
    case 0:
      return AddressClass::unroutable;
    case 10:
      return AddressClass::private_;
    case 100:
      return first_bits(address, 10) == first_bits(0x6440'0000, 10) ? AddressClass::private_
                                                                    : AddressClass::public_;
    case 127:
      return AddressClass::loopback;
    case 169:
      return first_bits(address, 16) == 0xa9fe ? AddressClass::private_ : AddressClass::public_;
    case 172:
      return first_bits(address, 12) == 0xac1 ? AddressClass::private_ : AddressClass::public_;
    case 192:
      return first_bits(address, 16) == 0xc0a8 ? AddressClass::private_ : AddressClass::public_;
    default:
      return first_bits(address, 3) == 0b111 ? AddressClass::unroutable : AddressClass::public_;
  }
}

// Of a tunnel that ends at that address.
AddressClass class_of_tunnel(std::uint32_t end) {
  return class_of_ipv4(end) == AddressClass::public_ ? AddressClass::public_
                                                     : AddressClass::unroutable;
}

// Of an address in ::/8.
AddressClass class_of_reserved(const Ipv6Address& address) {
  const std::byte* const bytes = address.bytes.data();
  const std::uint64_t high = load_be<std::uint64_t>(bytes);
  const std::uint64_t low = load_be<std::uint64_t>(bytes + 8);
  if (high >> 32 == 0x0064'ff9b) return AddressClass::private_;
  if (high != 0) return AddressClass::unroutable;
  if (low == 1) return AddressClass::loopback;
  if (low >> 32 == 0xffff) return class_of_ipv4(static_cast<std::uint32_t>(low));
  return AddressClass::unroutable;
}

}  // namespace

AddressClass address_class(Ipv4Address address) {
  return class_of_ipv4(load_be<std::uint32_t>(address.bytes.data()));
}

AddressClass address_class(const Ipv6Address& address) {
  const std::byte* const bytes = address.bytes.data();
  const std::uint32_t first = load_be<std::uint32_t>(bytes);
  if (first == 0x2001'0000) return class_of_tunnel(~load_be<std::uint32_t>(bytes + 12));  // Teredo
  if (first >> 29 == 1) {
    const bool is_6to4 = first >> 16 == 0x2002;
    return is_6to4 ? class_of_tunnel(load_be<std::uint32_t>(bytes + 2)) : AddressClass::public_;
  }
  switch (first >> 24) {
    case 0x00:
      return class_of_reserved(address);
    case 0x01:
    case 0xff:
      return AddressClass::unroutable;
    case 0x02:
    case 0x03:
    case 0xfc:
    case 0xfd:
      return AddressClass::private_;
    case 0xfe:
      // fe80::/10 and fec0::/10 are neighbours.
      return (first & 0x0080'0000) != 0 ? AddressClass::private_ : AddressClass::public_;
    default:
      return AddressClass::public_;
  }
}

AddressClass address_class(const ClientAddress& address) {
  return std::visit([](const auto& of_family) { return address_class(of_family); }, address);
}

}  // namespace gyre
