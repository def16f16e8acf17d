#include "load-test/ws/received_message.hpp"

#include <cstring>

namespace gyre::load_test::ws {
namespace {

constexpr int depth_max = 16;

// Reads JSON without blanks. After a false the reader is of no more use.
class CompactReader {
 public:
  explicit CompactReader(std::string_view json) : rest_(json) {}

  bool at_end() const { return rest_.empty(); }

  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // With its quotes.
  std::optional<std::string_view> string() {
    if (rest_.size() < 2 || rest_.front() != '"') return std::nullopt;
    for (std::size_t end = 1;; ++end) {
      end = rest_.find('"', end);  // memchr: an SDP is long
      if (end == std::string_view::npos) return std::nullopt;
      if (is_escaped(end)) continue;
      const std::string_view string = rest_.substr(0, end + 1);
      rest_.remove_prefix(end + 1);
      return string;
    }
  }

  // Calls member(key, reader), which takes the value, for each.
  template <class Member>
  bool object(Member member) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      const auto key = string();
      if (!key || !take(':') || !member(*key)) return false;
    } while (take(','));
    return take('}');
  }

  bool skip(int depth = 0) {
    if (rest_.empty() || depth == depth_max) return false;
    switch (rest_.front()) {
      case '"':
        return string().has_value();
      case '{':
        return object([&](std::string_view) { return skip(depth + 1); });
      case '[':
        return skip_array(depth);
      default:
        return skip_scalar();
    }
  }

 private:
  bool is_escaped(std::size_t quote) const {
    std::size_t begin = quote;
    while (rest_[begin - 1] == '\\') --begin;  // the opening quote ends it
    return (quote - begin) % 2 == 1;
  }

  bool skip_array(int depth) {
    take('[');
    if (take(']')) return true;
    do {
      if (!skip(depth + 1)) return false;
    } while (take(','));
    return take(']');
  }

  // Numbers, true, false and null.
  bool skip_scalar() {
    constexpr std::string_view characters = "0123456789+-.eEtrufalsn";
    const std::size_t size = std::min(rest_.find_first_not_of(characters), rest_.size());
    rest_.remove_prefix(size);
    return size > 0;
  }

  std::string_view rest_;
};

constexpr std::string_view without_quotes(std::string_view json) {
  return json.substr(1, json.size() - 2);
}

bool take_into(CompactReader& reader, std::string_view& target) {
  const auto string = reader.string();
  target = string.value_or("");
  return string.has_value();
}

// {"type":"...","sdp":"..."}
bool take_description(CompactReader& reader, std::string_view& sdp) {
  const bool taken = reader.object([&](std::string_view key) {
    return key == R"("sdp")" ? take_into(reader, sdp) : reader.skip();
  });
  if (sdp.size() < 2) return false;
  sdp = without_quotes(sdp);
  return taken;
}

}  // namespace

std::optional<ReceivedMessage> parse_compact(std::string_view json) {
  CompactReader reader(json);
  ReceivedMessage message;
  std::string_view action;
  bool has_files = false;
  bool is_error = false;
  const bool is_object = reader.object([&](std::string_view key) {
    if (key == R"("info_hash")") return take_into(reader, message.info_hash);
    if (key == R"("peer_id")") return take_into(reader, message.peer_id);
    if (key == R"("offer_id")") return take_into(reader, message.offer_id);
    if (key == R"("action")") return take_into(reader, action);
    const bool is_offer = key == R"("offer")";
    if (is_offer || key == R"("answer")") {
      message.kind = is_offer ? MessageKind::offer : MessageKind::answer;
      return take_description(reader, message.sdp);
    }
    is_error |= key == R"("failure reason")";
    has_files |= key == R"("files")";
    return reader.skip();
  });
  if (!is_object || !reader.at_end()) return std::nullopt;
  if (is_error) {
    message.kind = MessageKind::error;
  } else if (action == R"("scrape")" && has_files) {
    message.kind = MessageKind::scrape_reply;
  } else if (action != R"("announce")" || message.info_hash.empty()) {
    return std::nullopt;
  }
  return message;
}

}  // namespace gyre::load_test::ws
