// The first byte chooses options, the second the size of the pieces in which the rest arrives: the
// bytes of a connection, from pipelined requests to nonsense. Every request gets one whole response
// with readable bencode, however the bytes are split.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.hpp"
#include "http/handler.hpp"
#include "tests/support/bencode.hpp"

namespace {

using namespace gyre;
using namespace gyre::http;

HandlerOptions options_of(std::uint8_t bits) {
  HandlerOptions options;
  options.non_compact = (bits & 1) != 0;
  options.peers_of_both_families =
      (bits & 2) != 0 ? PeersOfBothFamilies::always : PeersOfBothFamilies::if_announced;
  options.echo_lone_peer = (bits & 4) != 0;
  options.external_ip = (bits & 8) != 0;
  if ((bits & 16) != 0) options.warning_message = "w";
  if ((bits & 32) != 0) options.address_header = {"X", http1::AddressFormat::list};
  if ((bits & 64) != 0) options.address_header = {"X", http1::AddressFormat::forwarded};
  const std::vector<std::string> networks = {"10.0.0.0/8"};
  options.trusted_networks = net::NetworkList::parse(networks).value();
  return options;
}

// Parses the response in `text`, to its last byte.
void check_response(std::string_view text, bool is_head) {
  CHECK(text.starts_with("HTTP/1.1 "));
  const std::size_t end = text.find("\r\n\r\n");
  CHECK(end != std::string_view::npos);
  const std::string_view head = text.substr(0, end + 4);
  const std::string_view body = text.substr(end + 4);
  CHECK(head.size() <= http1::response_head_size_max);
  constexpr std::string_view name = "\r\nContent-Length: ";
  std::size_t length = 0;
  const std::size_t at = head.find(name);
  CHECK(at != std::string_view::npos);
  std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
  CHECK(body.size() == (is_head ? 0 : length));
  if (!is_head && head.contains("\r\nContent-Type: text/plain\r\n")) {
    CHECK(test::BencodeReader::read(body).has_value());
  }
}

class Connection {
 public:
  explicit Connection(std::uint8_t bits)
      : client_((bits & 128) != 0 ? client_address_from("10.0.0.1")
                                  : client_address_from("2001:db8::1")),
        handler_(options_of(bits), swarms_, Random(1), metrics_) {}

  void receive(std::string_view bytes) {
    const std::size_t seen = buffer_.size();
    buffer_ += bytes;
    std::size_t begin = 0;
    while (!closed_ && begin < buffer_.size()) {
      const auto rest = std::span<const char>(buffer_).subspan(begin);
      const auto parsed = http1::parse_request_head(rest, head_, begin == 0 ? seen : 0);
      if (parsed == http1::incomplete_head) break;
      answer(parsed, rest);
      begin += parsed.value_or(0);
    }
    buffer_.erase(0, begin);
  }
  const std::string& answers() const { return answers_; }

 private:
  void answer(const http1::HeadSize& parsed, std::span<const char> input) {
    const bool whole = parsed.has_value();
    const http1::Response response = whole ? handler_.handle(head_, client_, false, out_)
                                           : handler_.refuse(parsed.error(), input, out_);
    CHECK(response.size > 0 && response.size <= out_.size());
    CHECK(whole || response.close);
    const std::string_view text(reinterpret_cast<const char*>(out_.data()), response.size);
    check_response(text, whole && head_.method == "HEAD");
    answers_ += text;
    closed_ = response.close;
  }

  swarm::SwarmMaps swarms_{SipKey{}};
  WorkerMetrics metrics_;
  std::optional<ClientAddress> client_;
  Handler handler_;
  http1::RequestHead head_;
  std::vector<std::byte> out_ = std::vector<std::byte>(response_size_max);
  std::string buffer_;
  std::string answers_;
  bool closed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  Connection whole(data[0]);
  whole.receive(bytes);
  Connection pieces(data[0]);
  const std::size_t piece_size = data[1] + std::size_t{1};
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, piece_size);
    pieces.receive(piece);
    bytes.remove_prefix(piece.size());
  }
  CHECK(whole.answers() == pieces.answers());
  return 0;
}
