// A configuration with a setting of every kind, for the tests of the room.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.hpp"
#include "common/config/schema.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::config::sample {

// For literals that are addresses.
inline net::SocketAddress address(std::string_view text) {
  const auto parsed = net::socket_address_from(text);
  CHECK(parsed);
  return *parsed;
}

enum class Colour : std::uint8_t { red, green, blue };
inline constexpr std::array<std::string_view, 3> colour_names = {"red", "green", "blue"};

struct Network {
  bool enabled = true;
  AddressList listen_ipv4{{Ipv4Address{}, 3000}};
  AddressList listen_ipv6{{Ipv6Address{}, 3000}};
  net::SocketAddress metrics{Ipv4Address{}, 9000};
  bool operator==(const Network&) const = default;
};

struct Limits {
  std::uint16_t port = 80;
  std::int64_t offset = -5;
  std::uint64_t total = 8'000'000;
  double share = 0.5;
  bool operator==(const Limits&) const = default;
};

struct Sample {
  std::uint32_t workers = 2;
  Colour colour = Colour::green;
  std::string name = "sample";
  std::string motto;
  Network network;
  Limits limits;
  bool operator==(const Sample&) const = default;
};

inline void describe(Schema& schema, Network& config) {
  auto& [enabled, listen_ipv4, listen_ipv6, metrics] = config;
  schema.setting("enabled", enabled, "On or off.");
  schema.setting("listen_ipv4", listen_ipv4, "IPv4 addresses.", Family::ipv4);
  schema.setting("listen_ipv6", listen_ipv6, "IPv6 addresses.", Family::ipv6);
  schema.setting("metrics", metrics, "One address.");
}

inline void describe(Schema& schema, Limits& config) {
  auto& [port, offset, total, share] = config;
  schema.setting("port", port, "All of the type.");
  schema.setting("offset", offset, "Negative too.", Integers{-10, 10});
  schema.setting("total", total, "Large.");
  schema.setting("share", share, "A part.", Numbers{0, 1});
}

inline void describe(Schema& schema, Sample& config) {
  auto& [workers, colour, name, motto, network, limits] = config;
  schema.setting("workers", workers, "Threads.", Integers{0, 1024});
  schema.setting("colour", colour, colour_names, "Taste.");
  schema.setting("name", name, "Never empty.", Text::not_empty);
  schema.setting("motto", motto, "Any text.");
  schema.section("network", network, "Where.");
  schema.section("limits", limits, "How much.");
}

inline std::vector<std::string> validate(const Sample& config) {
  if (config.workers != 13) return {};
  return {"workers: 13 brings bad luck", "limits.port: is not to blame"};
}

}  // namespace gyre::config::sample
