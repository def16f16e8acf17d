// The first byte chooses the family. Whatever parses as a response is written as its original
// bytes: clients are strict, so nothing may be left over.
#include <cstdint>

#include "common/base/bytes.hpp"
#include "tests/support/bytes.hpp"
#include "udp/protocol.hpp"

namespace {

using namespace gyre::udp;
using gyre::Family;
using gyre::test::Bytes;

std::size_t write(const ConnectResponse& response, Bytes& out) {
  return write_connect_response(out, response.transaction_id, response.connection_id);
}

std::size_t write(const AnnounceResponse& response, Bytes& out) {
  const std::size_t head_size = write_announce_response_head(out, response);
  std::ranges::copy(response.peers, out.begin() + static_cast<std::ptrdiff_t>(head_size));
  return head_size + response.peers.size();
}

std::size_t write(const ScrapeResponse& response, Bytes& out) {
  std::size_t size = write_scrape_response_head(out, response.transaction_id);
  for (gyre::ByteReader reader(response.rows); reader.remaining() > 0;) {
    gyre::SwarmCounts counts;
    counts.seeder_count = reader.read<std::uint32_t>();
    counts.completed_count = reader.read<std::uint32_t>();
    counts.leecher_count = reader.read<std::uint32_t>();
    size += write_scrape_row(std::span(out).subspan(size), counts);
  }
  return size;
}

std::size_t write(const ErrorResponse& response, Bytes& out) {
  if (response.message.size() > error_text_size_max)
    return out.size();  // longer than the tracker's
  return write_error_response(out, response.transaction_id, response.message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Family family = data[0] % 2 == 0 ? Family::ipv4 : Family::ipv6;
  const gyre::test::ExactCopy input(std::as_bytes(std::span(data + 1, size - 1)));
  const auto response = parse_response(input.span(), family);
  if (!response) return 0;
  Bytes output(input.span().begin(), input.span().end());
  const std::size_t written =
      std::visit([&output](const auto& each) { return write(each, output); }, *response);
  CHECK(written == input.span().size());
  CHECK(std::ranges::equal(output, input.span()));
  return 0;
}
