#include "common/config/schema.hpp"

#include <fmt/format.h>

#include <array>

#include "common/base/numbers.hpp"

namespace gyre::config {
namespace {

template <class T>
bool copy_alternative(const Value& from, T& to) {
  const T* const found = std::get_if<T>(&from);
  if (found != nullptr) to = *found;
  return found != nullptr;
}

std::string integer_expectation(Integers range) {
  const Integers all;
  if (range.min == all.min && range.max == all.max) return "an integer";
  if (range.max == all.max) return fmt::format("an integer of at least {}", to_toml(range.min));
  return fmt::format("an integer from {} to {}", to_toml(range.min), to_toml(range.max));
}

std::string number_expectation(Numbers range) {
  const Numbers all;
  if (range.min == all.min && range.max == all.max) return "a number";
  return fmt::format("a number from {} to {}", range.min, range.max);
}

std::string choice_expectation(std::span<const std::string_view> names) {
  std::string out = "one of";
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view separator = i == 0 ? " " : i + 1 == names.size() ? " or " : ", ";
    out += fmt::format("{}\"{}\"", separator, names[i]);
  }
  return out;
}

std::string address_expectation(std::optional<Family> family) {
  constexpr std::string_view ipv4 = R"("192.0.2.1:3000")";
  constexpr std::string_view ipv6 = R"("[2001:db8::1]:3000")";
  if (family == Family::ipv4) return fmt::format("an IPv4 address and port such as {}", ipv4);
  if (family == Family::ipv6) return fmt::format("an IPv6 address and port such as {}", ipv6);
  return fmt::format("an address and port such as {} or {}", ipv4, ipv6);
}

// TOML's `1` is as good as `1.0` where a number is wanted.
std::optional<double> number_in(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return std::nullopt;
}

std::optional<net::SocketAddress> address_in(const std::string& text,
                                             std::optional<Family> family) {
  const auto address = net::socket_address_from(text);
  if (!address || (family && address->family() != *family)) return std::nullopt;
  return address;
}

// One string is as good as a list of it.
std::optional<TextList> texts_in(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return TextList{*text};
  if (const auto* texts = std::get_if<TextList>(&value)) return *texts;
  return std::nullopt;
}

std::optional<AddressList> addresses_in(const Value& value, std::optional<Family> family) {
  const auto texts = texts_in(value);
  if (!texts) return std::nullopt;
  AddressList addresses;
  for (const std::string& text : *texts) {
    const auto address = address_in(text, family);
    if (!address) return std::nullopt;
    addresses.push_back(*address);
  }
  return addresses;
}

Value value_of(const TextList& texts) {
  if (texts.size() == 1) return texts.front();
  return texts;
}

Value value_of(const AddressList& addresses) {
  TextList texts;
  for (const net::SocketAddress& address : addresses) texts.push_back(to_string(address));
  return value_of(texts);
}

constexpr std::array<std::string_view, 5> size_units{"bytes", "KiB", "MiB", "GiB", "TiB"};

// In the largest unit of which it is a whole number.
std::string size_text(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  std::size_t unit = 0;
  for (; unit + 1 < size_units.size() && bytes % 1024 == 0; ++unit) bytes /= 1024;
  return fmt::format("{} {}", bytes, size_units[unit]);
}

std::optional<std::uint64_t> size_in(std::string_view text) {
  if (text == "0") return 0;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = number_from<std::uint64_t>(text.substr(0, digits));
  text.remove_prefix(digits);
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto unit = std::ranges::find(size_units, text);
  if (!number || unit == size_units.end()) return std::nullopt;
  const auto shift = 10 * (unit - size_units.begin());
  return *number <= ~std::uint64_t{0} >> shift ? std::optional(*number << shift) : std::nullopt;
}

}  // namespace

std::expected<void, std::string> Setting::assign(const Value& value) const {
  if (try_assign(value)) return {};
  return std::unexpected(fmt::format("expected {}, found {}", expectation, in_words(value)));
}

void Schema::setting(std::string_view key, bool& value, std::string_view text) {
  add({.key = key,
       .text = text,
       .kind = Kind::boolean,
       .expectation = "true or false",
       .get = [&value] { return Value(value); },
       .try_assign = [&value](const Value& from) { return copy_alternative(from, value); }});
}

void Schema::setting(std::string_view key, double& value, std::string_view text, Numbers range) {
  add({.key = key,
       .text = text,
       .kind = Kind::number,
       .expectation = number_expectation(range),
       .get = [&value] { return Value(value); },
       .try_assign =
           [&value, range](const Value& from) {
             const auto number = number_in(from);
             const bool in_range = number && *number >= range.min && *number <= range.max;
             if (in_range) value = *number;
             return in_range;
           }});
}

void Schema::setting(std::string_view key, std::string& value, std::string_view text, Text rule) {
  add({.key = key,
       .text = text,
       .kind = Kind::text,
       .expectation = rule == Text::any ? "a string" : "a string that is not empty",
       .get = [&value] { return Value(value); },
       .try_assign =
           [&value, rule](const Value& from) {
             if (rule == Text::not_empty && from == Value(std::string())) return false;
             return copy_alternative(from, value);
           }});
}

void Schema::size_setting(std::string_view key, std::uint64_t& bytes, std::string_view text) {
  add({.key = key,
       .text = text,
       .kind = Kind::text,
       .expectation =
           "a size such as \"512 MiB\" or \"2 GiB\" (units: KiB, MiB, GiB, TiB), or \"0\"",
       .get = [&bytes] { return Value(size_text(bytes)); },
       .try_assign =
           [&bytes](const Value& from) {
             const auto* const spelt = std::get_if<std::string>(&from);
             const auto size = spelt ? size_in(*spelt) : std::nullopt;
             if (size) bytes = *size;
             return size.has_value();
           }});
}

void Schema::setting(std::string_view key, TextList& value, std::string_view text) {
  add({.key = key,
       .text = text,
       .kind = Kind::text_list,
       .expectation = "a string, or a list of strings",
       .get = [&value] { return value_of(value); },
       .try_assign =
           [&value](const Value& from) {
             auto texts = texts_in(from);
             if (texts) value = std::move(*texts);
             return texts.has_value();
           }});
}

void Schema::setting(std::string_view key, net::SocketAddress& value, std::string_view text,
                     std::optional<Family> family) {
  add({.key = key,
       .text = text,
       .kind = Kind::address,
       .expectation = address_expectation(family),
       .get = [&value] { return Value(to_string(value)); },
       .try_assign =
           [&value, family](const Value& from) {
             const auto* const spelt = std::get_if<std::string>(&from);
             const auto address = spelt ? address_in(*spelt, family) : std::nullopt;
             if (address) value = *address;
             return address.has_value();
           }});
}

void Schema::setting(std::string_view key, AddressList& value, std::string_view text,
                     std::optional<Family> family) {
  add({.key = key,
       .text = text,
       .kind = Kind::address_list,
       .expectation = address_expectation(family) + ", or a list of them",
       .get = [&value] { return value_of(value); },
       .try_assign =
           [&value, family](const Value& from) {
             auto addresses = addresses_in(from, family);
             if (addresses) value = std::move(*addresses);
             return addresses.has_value();
           }});
}

void Schema::add_integer(std::string_view key, std::string_view text, Integers range,
                         std::function<std::int64_t()> get, std::function<void(std::int64_t)> set) {
  add({.key = key,
       .text = text,
       .kind = Kind::integer,
       .expectation = integer_expectation(range),
       .get = [get = std::move(get)] { return Value(get()); },
       .try_assign =
           [set = std::move(set), range](const Value& from) {
             const auto* const integer = std::get_if<std::int64_t>(&from);
             const bool in_range = integer && *integer >= range.min && *integer <= range.max;
             if (in_range) set(*integer);
             return in_range;
           }});
}

void Schema::add_choice(std::string_view key, std::string_view text,
                        std::span<const std::string_view> names, std::function<std::size_t()> get,
                        std::function<void(std::size_t)> set) {
  add({.key = key,
       .text = text,
       .kind = Kind::choice,
       .expectation = choice_expectation(names),
       .get = [get = std::move(get), names] { return Value(std::string(names[get()])); },
       .try_assign =
           [set = std::move(set), names](const Value& from) {
             const auto* const spelt = std::get_if<std::string>(&from);
             const auto name = spelt ? std::ranges::find(names, *spelt) : names.end();
             if (name == names.end()) return false;
             set(static_cast<std::size_t>(name - names.begin()));
             return true;
           }});
}

const Section* Schema::find_section(std::string_view name) const {
  const auto found = std::ranges::find(sections_, name, &Section::name);
  return found == sections_.end() ? nullptr : &*found;
}

void Schema::section(std::string_view name, std::string_view text,
                     const std::function<void()>& describe_settings) {
  CHECK(open_section_ == 0);
  CHECK(find_section(name) == nullptr);
  open_section_ = sections_.size();
  sections_.push_back({.name = name, .text = text, .settings = {}});
  describe_settings();
  open_section_ = 0;
}

void Schema::add(Setting setting) {
  Section& section = sections_[open_section_];
  setting.path = section.name.empty() ? "" : fmt::format("{}.", section.name);
  setting.path += setting.key;
  CHECK(find_setting(section, setting.key) == nullptr);
  CHECK(setting.try_assign(setting.get()));  // the default obeys the setting's own rule
  section.settings.push_back(std::move(setting));
}

const Setting* find_setting(const Section& section, std::string_view key) {
  const auto found = std::ranges::find(section.settings, key, &Setting::key);
  return found == section.settings.end() ? nullptr : &*found;
}

}  // namespace gyre::config
