#include "http/bodies.hpp"

#include <string>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"

namespace gyre::http {
namespace {

void write_counts(BencodeWriter& out, const SwarmCounts& counts) {
  out.pair("complete", counts.seeder_count);
  out.pair("downloaded", counts.completed_count);
}

template <class Address>
void write_peer_dictionaries(BencodeWriter& out, std::span<const std::byte> peers) {
  DCHECK(peers.size() % compact_peer_size(family_of<Address>) == 0);
  ByteReader reader(peers);
  while (reader.remaining() > 0) {
    const Address address{reader.read_array<sizeof(Address)>()};
    out.begin_dictionary();
    out.pair("ip", std::string_view(to_string(address)));
    out.pair("port", reader.read<std::uint16_t>());
    out.end();
  }
}

void write_peers(BencodeWriter& out, const AnnounceBody& body) {
  out.string("peers");
  if (!body.compact) {
    out.begin_list();
    write_peer_dictionaries<Ipv4Address>(out, body.ipv4_peers);
    write_peer_dictionaries<Ipv6Address>(out, body.ipv6_peers);
    out.end();
    return;
  }
  out.string(body.ipv4_peers);
  if (body.with_peers6 || !body.ipv6_peers.empty()) out.pair("peers6", body.ipv6_peers);
}

}  // namespace

std::size_t write_announce_body(std::span<std::byte> out, const AnnounceBody& body) {
  BencodeWriter writer(out);
  writer.begin_dictionary();
  write_counts(writer, body.counts);
  if (!body.external_ip.empty()) writer.pair("external ip", body.external_ip);
  writer.pair("incomplete", body.counts.leecher_count);
  writer.pair("interval", body.interval_s);
  writer.pair("min interval", body.min_interval_s);
  write_peers(writer, body);
  if (!body.tracker_id.empty()) writer.pair("tracker id", body.tracker_id);
  if (!body.warning_message.empty()) writer.pair("warning message", body.warning_message);
  writer.end();
  return writer.size();
}

std::size_t write_failure_body(std::span<std::byte> out, std::string_view reason,
                               std::uint32_t interval_s, std::uint32_t min_interval_s,
                               RetryIn retry_in) {
  constexpr std::uint32_t retry_minutes = 5;
  BencodeWriter writer(out);
  writer.begin_dictionary();
  writer.pair("failure reason", reason);
  writer.pair("interval", interval_s);
  writer.pair("min interval", min_interval_s);
  if (retry_in == RetryIn::minutes) writer.pair("retry in", retry_minutes);
  if (retry_in == RetryIn::never) writer.pair("retry in", std::string_view("never"));
  writer.end();
  return writer.size();
}

void begin_scrape_body(BencodeWriter& out) {
  out.begin_dictionary();
  out.string("files");
  out.begin_dictionary();
}

void write_scrape_row(BencodeWriter& out, const InfoHash& info_hash, const SwarmCounts& counts) {
  out.string(info_hash.bytes);
  out.begin_dictionary();
  write_counts(out, counts);
  out.pair("incomplete", counts.leecher_count);
  out.end();
}

void end_scrape_body(BencodeWriter& out, std::uint32_t min_interval_s) {
  out.end();
  out.string("flags");
  out.begin_dictionary();
  out.pair("min_request_interval", min_interval_s);
  out.end();
  out.end();
}

}  // namespace gyre::http
