// The declaration of a program's settings, which drives the TOML reader, the environment, the
// printers and the reference. A configuration is a plain struct with default member initialisers,
// and a function that lists its members:
//
//   void describe(config::Schema& schema, NetworkConfig& config) {
//     auto& [use_ipv4, ring_size] = config;  // a forgotten member does not compile
//     schema.setting("use_ipv4", use_ipv4, "Serve IPv4.");
//     schema.setting("ring_size", ring_size, "Buffers.", config::Integers{16, 16384});
//   }
//
// A member that is itself such a struct is a section: schema.section("network", network, "...").
// A section whose settings are in several members has a function instead, which lists them.
//
// Lifetime: a Schema refers to the struct that it describes and to the literals of its texts.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <expected>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/config/value.hpp"
#include "common/net/socket_address.hpp"

namespace gyre::config {

// One or several addresses: a string, or an array of strings.
using AddressList = std::vector<net::SocketAddress>;

// Both ends are included.
template <class Number>
struct Range {
  Number min = std::numeric_limits<Number>::lowest();
  Number max = std::numeric_limits<Number>::max();
};
using Integers = Range<std::int64_t>;
using Numbers = Range<double>;

enum class Text : std::uint8_t { any, not_empty };

// How text from the environment is parsed.
enum class Kind : std::uint8_t {
  boolean,
  integer,
  number,
  text,
  text_list,
  choice,
  address,
  address_list
};

struct Setting {
  std::string_view key{};   // "ring_size"
  std::string path{};       // "network.ring_size"
  std::string_view text{};  // what it does, for the operator
  Kind kind = Kind::text;
  std::string expectation{};     // "an integer from 16 to 16_384"
  std::function<Value()> get{};  // as to_toml should print it
  // Returns false, and changes nothing, if the value is not as expected.
  std::function<bool(const Value&)> try_assign{};

  // The error says what was expected and what was found.
  std::expected<void, std::string> assign(const Value& value) const;
};

struct Section {
  std::string_view name{};  // empty for the settings above the first section
  std::string_view text{};
  std::vector<Setting> settings{};
};

// The range of an integer type, as far as TOML's signed 64 bits reach.
template <std::integral Integer>
constexpr Integers all_of() {
  using Limits = std::numeric_limits<Integer>;
  constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
  return {.min = static_cast<std::int64_t>(Limits::min()),
          .max = std::in_range<std::int64_t>(Limits::max())
                     ? static_cast<std::int64_t>(Limits::max())
                     : max};
}

class Schema {
 public:
  Schema() : sections_(1) {}

  // REQUIRES: the member's own value is within the range.
  void setting(std::string_view key, bool& value, std::string_view text);
  void setting(std::string_view key, double& value, std::string_view text, Numbers range = {});
  void setting(std::string_view key, std::string& value, std::string_view text,
               Text rule = Text::any);
  // One or several: a string, or an array of strings.
  void setting(std::string_view key, TextList& value, std::string_view text);
  void setting(std::string_view key, net::SocketAddress& value, std::string_view text,
               std::optional<Family> family = {});
  void setting(std::string_view key, AddressList& value, std::string_view text,
               std::optional<Family> family = {});

  // A number of bytes, as text with a unit: "512 MiB".
  void size_setting(std::string_view key, std::uint64_t& bytes, std::string_view text);

  template <std::integral Integer>
  void setting(std::string_view key, Integer& value, std::string_view text,
               Integers range = all_of<Integer>()) {
    CHECK(std::in_range<Integer>(range.min));
    CHECK(std::in_range<Integer>(range.max));
    add_integer(
        key, text, range, [&value] { return static_cast<std::int64_t>(value); },
        [&value](std::int64_t checked) { value = static_cast<Integer>(checked); });
  }

  // `names` are those of the enum's values, in their order.
  template <class Enum>
    requires std::is_enum_v<Enum>
  void setting(std::string_view key, Enum& value, std::span<const std::string_view> names,
               std::string_view text) {
    add_choice(
        key, text, names, [&value] { return static_cast<std::size_t>(value); },
        [&value](std::size_t index) { value = static_cast<Enum>(index); });
  }

  // Sections do not nest.
  template <class Config>
  void section(std::string_view name, Config& config, std::string_view text) {
    section(name, text, [&] { describe(*this, config); });
  }
  void section(std::string_view name, std::string_view text,
               const std::function<void()>& describe_settings);

  // First the settings above the first section, under an empty name; then the sections in the order
  // of their declaration.
  std::span<const Section> sections() const { return sections_; }
  const Section* find_section(std::string_view name) const;

 private:
  void add(Setting setting);
  void add_integer(std::string_view key, std::string_view text, Integers range,
                   std::function<std::int64_t()> get, std::function<void(std::int64_t)> set);
  void add_choice(std::string_view key, std::string_view text,
                  std::span<const std::string_view> names, std::function<std::size_t()> get,
                  std::function<void(std::size_t)> set);

  std::vector<Section> sections_;
  std::size_t open_section_ = 0;
};

const Setting* find_setting(const Section& section, std::string_view key);

// The schema of `config`, for reading and printing it.
template <class Config>
Schema schema_of(Config& config) {
  Schema schema;
  describe(schema, config);
  return schema;
}

}  // namespace gyre::config
