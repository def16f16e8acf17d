#include "common/tls/certificate.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"

namespace gyre::tls {
namespace {

using Bytes = std::span<const std::byte>;

// The DER tags (X.690) on the path to the fields.
constexpr std::uint8_t tag_sequence = 0x30;
constexpr std::uint8_t tag_object_identifier = 0x06;
constexpr std::uint8_t tag_octet_string = 0x04;
constexpr std::uint8_t tag_boolean = 0x01;
constexpr std::uint8_t tag_utc_time = 0x17;
constexpr std::uint8_t tag_generalized_time = 0x18;
constexpr std::uint8_t tag_version = 0xa0;     // [0] of TBSCertificate
constexpr std::uint8_t tag_extensions = 0xa3;  // [3] of TBSCertificate
constexpr std::uint8_t tag_dns_name = 0x82;    // [2] of GeneralName

// id-ce-subjectAltName, 2.5.29.17
constexpr std::array subject_alt_name{std::byte{0x55}, std::byte{0x1d}, std::byte{0x11}};

struct Element {
  std::uint8_t tag = 0;
  Bytes content;
};

// nullopt at the end, and for anything that is not an element with a length of at most three bytes.
std::optional<Element> next(ByteReader& reader) {
  if (reader.remaining() < 2) return std::nullopt;
  Element element{.tag = reader.read<std::uint8_t>(), .content = {}};
  std::size_t length = reader.read<std::uint8_t>();
  if (length >= 0x80) {
    const std::size_t length_size = length & 0x7f;
    if (length_size < 1 || length_size > 3 || reader.remaining() < length_size) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < length_size; ++i)
      length = length << 8 | reader.read<std::uint8_t>();
  }
  if (reader.remaining() < length) return std::nullopt;
  element.content = reader.take(length);
  return element;
}

std::optional<Bytes> next_of(ByteReader& reader, std::uint8_t tag) {
  const auto element = next(reader);
  if (!element || element->tag != tag) return std::nullopt;
  return element->content;
}

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// RFC 5280 4.1.2.5: YYMMDDHHMMSSZ for the years 1950 to 2049, or YYYYMMDDHHMMSSZ. Times before 1970
// become 0.
std::optional<std::uint64_t> unix_time(const Element& time) {
  const std::size_t year_size = time.tag == tag_generalized_time ? 4 : 2;
  const std::string_view text = text_of(time.content);
  if (time.tag != tag_utc_time && time.tag != tag_generalized_time) return std::nullopt;
  if (text.size() != year_size + 11 || text.back() != 'Z') return std::nullopt;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::ranges::all_of(text.substr(0, text.size() - 1), is_digit)) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    for (const char digit : text.substr(at, size)) value = value * 10 + (digit - '0');
    return value;
  };
  const auto part = [&](std::size_t index) { return number(year_size + 2 * index, 2); };
  int year = number(0, year_size);
  if (year_size == 2) year += year < 50 ? 2000 : 1900;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(part(0))),
                                         std::chrono::day(static_cast<unsigned>(part(1)))};
  if (!date.ok()) return std::nullopt;
  const auto since_epoch = std::chrono::sys_days(date).time_since_epoch() +
                           std::chrono::hours(part(2)) + std::chrono::minutes(part(3)) +
                           std::chrono::seconds(part(4));
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(std::chrono::seconds(since_epoch).count(), 0));
}

std::vector<std::string> host_names(Bytes general_names) {
  std::vector<std::string> names;
  ByteReader outer(general_names);
  const auto list = next_of(outer, tag_sequence);
  if (!list) return names;
  ByteReader reader(*list);
  while (const auto name = next(reader)) {
    if (name->tag == tag_dns_name) names.push_back(lower_case(text_of(name->content)));
  }
  return names;
}

std::vector<std::string> names_of_extensions(Bytes content) {
  ByteReader outer(content);
  const auto list = next_of(outer, tag_sequence);
  if (!list) return {};
  ByteReader extensions(*list);
  while (const auto extension = next_of(extensions, tag_sequence)) {
    ByteReader reader(*extension);
    const auto id = next_of(reader, tag_object_identifier);
    if (!id || !std::ranges::equal(*id, subject_alt_name)) continue;
    auto value = next(reader);
    if (value && value->tag == tag_boolean) value = next(reader);  // critical
    if (value && value->tag == tag_octet_string) return host_names(value->content);
  }
  return {};
}

}  // namespace

// Certificate { TBSCertificate { [version], serialNumber, signature, issuer, validity, subject,
// subjectPublicKeyInfo, ..., [extensions] }, ... }
std::optional<CertificateFacts> read_certificate(std::span<const std::byte> der) {
  ByteReader file(der);
  const auto certificate = next_of(file, tag_sequence);
  if (!certificate) return std::nullopt;
  ByteReader outer(*certificate);
  const auto tbs = next_of(outer, tag_sequence);
  if (!tbs) return std::nullopt;
  ByteReader reader(*tbs);
  auto element = next(reader);
  const bool has_version = element && element->tag == tag_version;
  for (int skipped = 0; element && skipped < (has_version ? 4 : 3); ++skipped) {
    element = next(reader);
  }
  if (!element || element->tag != tag_sequence) return std::nullopt;

  CertificateFacts facts;
  ByteReader validity(element->content);
  const auto not_before = next(validity);
  const auto not_after = next(validity);
  if (!not_before || !not_after) return std::nullopt;
  const auto begin = unix_time(*not_before);
  const auto end = unix_time(*not_after);
  if (!begin || !end) return std::nullopt;
  facts.not_before = *begin;
  facts.not_after = *end;
  while ((element = next(reader))) {
    if (element->tag == tag_extensions) facts.host_names = names_of_extensions(element->content);
  }
  return facts;
}

}  // namespace gyre::tls
