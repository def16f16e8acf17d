#include "common/tls/client_hello.hpp"

#include <cstdint>
#include <optional>

#include "common/base/bytes.hpp"

namespace gyre::tls {
namespace {

constexpr auto content_handshake = std::uint8_t{22};
constexpr auto handshake_client_hello = std::uint8_t{1};
constexpr auto extension_server_name = std::uint16_t{0};
constexpr auto name_type_host = std::uint8_t{0};
constexpr std::size_t version_and_random_size = 2 + 32;

using Block = std::optional<std::span<const std::byte>>;

// A TLS vector: its length as a Length, then as many bytes.
template <std::unsigned_integral Length>
Block read_block(ByteReader& reader) {
  if (reader.remaining() < sizeof(Length)) return std::nullopt;
  const auto length = reader.read<Length>();
  if (reader.remaining() < length) return std::nullopt;
  return reader.take(length);
}

std::string_view host_name(std::span<const std::byte> extension) {
  ByteReader outer(extension);
  const Block list = read_block<std::uint16_t>(outer);
  if (!list) return {};
  ByteReader reader(*list);
  while (reader.remaining() > 0) {
    const auto type = reader.read<std::uint8_t>();
    const Block name = read_block<std::uint16_t>(reader);
    if (!name) return {};
    if (type == name_type_host) return {reinterpret_cast<const char*>(name->data()), name->size()};
  }
  return {};
}

std::string_view server_name(std::span<const std::byte> handshake) {
  ByteReader reader(handshake);
  constexpr std::size_t handshake_header_size = 1 + 3;
  if (reader.remaining() < handshake_header_size + version_and_random_size) return {};
  if (reader.read<std::uint8_t>() != handshake_client_hello) return {};
  reader.skip(3 + version_and_random_size);
  if (!read_block<std::uint8_t>(reader)) return {};   // session id
  if (!read_block<std::uint16_t>(reader)) return {};  // cipher suites
  if (!read_block<std::uint8_t>(reader)) return {};   // compression methods
  const Block extensions = read_block<std::uint16_t>(reader);
  if (!extensions) return {};
  ByteReader rest(*extensions);
  while (rest.remaining() >= sizeof(std::uint16_t)) {
    const auto type = rest.read<std::uint16_t>();
    const Block extension = read_block<std::uint16_t>(rest);
    if (!extension) return {};
    if (type == extension_server_name) return host_name(*extension);
  }
  return {};
}

}  // namespace

std::optional<std::string_view> read_client_hello(std::span<const std::byte> bytes) {
  constexpr std::string_view no_name;
  if (bytes.empty()) return std::nullopt;
  ByteReader reader(bytes);
  if (reader.read<std::uint8_t>() != content_handshake) return no_name;
  if (bytes.size() < record_header_size) return std::nullopt;
  reader.skip(2);  // legacy_record_version
  const auto length = reader.read<std::uint16_t>();
  if (length > record_payload_max) return no_name;
  if (reader.remaining() < length) return std::nullopt;
  return server_name(reader.take(length));
}

}  // namespace gyre::tls
