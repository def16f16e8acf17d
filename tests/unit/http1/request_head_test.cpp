#include "common/http1/request_head.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http1 {
namespace {

using namespace std::string_literals;

// Parses from a heap block of exactly that size, so that the sanitizers see overreads.
class ExactInput {
 public:
  explicit ExactInput(std::string_view text) : bytes_(text.begin(), text.end()) {
    bytes_.shrink_to_fit();
    result = parse_request_head(bytes_, head);
  }

  HeadSize result = incomplete_head;
  RequestHead head;

 private:
  std::vector<char> bytes_;
};

std::vector<std::pair<std::string_view, std::string_view>> pairs_of(const RequestHead& head) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (const Header& header : head.headers()) pairs.emplace_back(header.name, header.value);
  return pairs;
}

struct Accepted {
  const char* name;
  std::string input;
  std::string_view method = "GET";
  std::string_view target = "/announce?a=b";
  unsigned version_minor = 1;
  std::vector<std::pair<std::string_view, std::string_view>> headers{};
  std::size_t left_over = 0;
};

const Accepted accepted[] = {
    {.name = "no headers", .input = "GET /announce?a=b HTTP/1.1\r\n\r\n"},
    {.name = "version 1.0", .input = "GET /announce?a=b HTTP/1.0\r\n\r\n", .version_minor = 0},
    {.name = "version 1.9", .input = "GET /announce?a=b HTTP/1.9\r\n\r\n", .version_minor = 9},
    {.name = "bare LF", .input = "GET /announce?a=b HTTP/1.1\nA: b\n\n", .headers = {{"A", "b"}}},
    {.name = "mixed line ends",
     .input = "GET /announce?a=b HTTP/1.1\nA: b\r\nC: d\n\r\n",
     .headers = {{"A", "b"}, {"C", "d"}}},
    {.name = "empty lines first", .input = "\r\n\n\r\n\nGET /announce?a=b HTTP/1.1\r\n\r\n"},
    {.name = "spaces around values",
     .input = "GET /announce?a=b HTTP/1.1\r\nA:b\r\nC: \t d e \t\r\nF:\r\nG: \r\n\r\n",
     .headers = {{"A", "b"}, {"C", "d e"}, {"F", ""}, {"G", ""}}},
    {.name = "colons in a value",
     .input = "GET /announce?a=b HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
     .headers = {{"Host", "[::1]:80"}}},
    {.name = "high bytes and tabs in a value",
     .input = "GET /announce?a=b HTTP/1.1\r\nUser-Agent: \xc3\xa4\tb\xff\r\n\r\n",
     .headers = {{"User-Agent", "\xc3\xa4\tb\xff"}}},
    {.name = "the same header twice",
     .input = "GET /announce?a=b HTTP/1.1\r\nA: 1\r\nA: 2\r\n\r\n",
     .headers = {{"A", "1"}, {"A", "2"}}},
    {.name = "space inside the target",
     .input = "GET /announce ?a=b HTTP/1.1\r\n\r\n",
     .target = "/announce ?a=b"},
    {.name = "spaces around the target", .input = "GET   /announce?a=b   HTTP/1.1\r\n\r\n"},
    {.name = "high bytes in the target",
     .input = "GET /announce?a=\x80\xff HTTP/1.1\r\n\r\n",
     .target = "/announce?a=\x80\xff"},
    {.name = "a version inside the target",
     .input = "GET / HTTP/1.1 HTTP/1.1\r\n\r\n",
     .target = "/ HTTP/1.1"},
    {.name = "absolute form",
     .input = "GET http://tracker.example/announce?a=b HTTP/1.1\r\n\r\n",
     .target = "http://tracker.example/announce?a=b"},
    {.name = "other methods",
     .input = "OPTIONS * HTTP/1.1\r\n\r\n",
     .method = "OPTIONS",
     .target = "*"},
    {.name = "what follows is left",
     .input = "GET /announce?a=b HTTP/1.1\r\n\r\nGET /next",
     .left_over = 9},
};

TEST(RequestHead, AcceptsWhatClientsSend) {
  for (const Accepted& row : accepted) {
    SCOPED_TRACE(row.name);
    const ExactInput parsed(row.input);
    ASSERT_TRUE(parsed.result) << to_string(parsed.result.error());
    EXPECT_EQ(*parsed.result, row.input.size() - row.left_over);
    EXPECT_EQ(parsed.head.method, row.method);
    EXPECT_EQ(parsed.head.target, row.target);
    EXPECT_EQ(parsed.head.version_minor, row.version_minor);
    EXPECT_EQ(pairs_of(parsed.head), row.headers);
  }
}

TEST(RequestHead, NeedsMoreForEveryTruncatedPrefix) {
  for (const Accepted& row : accepted) {
    SCOPED_TRACE(row.name);
    for (std::size_t size = 0; size < row.input.size() - row.left_over; ++size) {
      const ExactInput parsed(std::string_view(row.input).substr(0, size));
      EXPECT_EQ(parsed.result, incomplete_head) << "at " << size << " bytes";
    }
  }
}

struct Refused {
  const char* name;
  std::string input;
  HeadError error;
};

std::string with_header(const std::string& line) {
  return "GET / HTTP/1.1\r\n" + line + "\r\n\r\n";
}

std::string with_headers(std::size_t count) {
  std::string head = "GET / HTTP/1.1\r\n";
  for (std::size_t i = 0; i < count; ++i) head += "A: b\r\n";
  return head + "\r\n";
}

std::string of_size(std::size_t size) {
  const std::string start = "GET / HTTP/1.1\r\nA: ";
  const std::string end = "\r\n\r\n";
  return start + std::string(size - start.size() - end.size(), 'x') + end;
}

const Refused refused[] = {
    {"TLS", "\x16\x03\x01\x02\x00\x01"s, HeadError::not_http},
    {"a space first", " GET / HTTP/1.1\r\n\r\n", HeadError::not_http},
    {"CR without LF first", "\rGET / HTTP/1.1\r\n\r\n", HeadError::not_http},
    {"a fifth empty line", "\n\n\n\n\nGET / HTTP/1.1\r\n\r\n", HeadError::not_http},
    {"one word", "GET\r\n", HeadError::request_line},
    {"no target", "GET HTTP/1.1\r\n", HeadError::request_line},
    {"no version", "GET /\r\n", HeadError::request_line},
    {"method is no token", "GE(T / HTTP/1.1\r\n", HeadError::request_line},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HeadError::version},
    {"two digits", "GET / HTTP/1.10\r\n", HeadError::version},
    {"version is no digit", "GET / HTTP/1.x\r\n", HeadError::version},
    {"space after the version", "GET / HTTP/1.1 \r\n", HeadError::version},
    {"lower case version", "GET /abcdef http/1.1\r\n", HeadError::version},
    {"tab in the target", "GET /a\tb HTTP/1.1\r\n", HeadError::target},
    {"NUL in the target", "GET /a\0b HTTP/1.1\r\n"s, HeadError::target},
    {"CR in the target", "GET /a\rb HTTP/1.1\r\n", HeadError::target},
    {"DEL in the target", "GET /a\x7f HTTP/1.1\r\n", HeadError::target},
    {"no colon", with_header("Host"), HeadError::header_name},
    {"no name", with_header(": value"), HeadError::header_name},
    {"space before the colon", with_header("Host : a"), HeadError::header_name},
    {"NUL in a name", with_header("Ho\0st: a"s), HeadError::header_name},
    {"CR in a value", with_header("A: b\rc"), HeadError::header_value},
    {"CR CR LF", with_header("A: b\r"), HeadError::header_value},
    {"NUL in a value", with_header("A: b\0"s), HeadError::header_value},
    {"DEL in a value", with_header("A: \x7f"), HeadError::header_value},
    {"folded header", with_header("A: b\r\n c"), HeadError::folded_header},
    {"folded first header", with_header("\tA: b"), HeadError::folded_header},
    {"too many headers", with_headers(header_count_max + 1), HeadError::too_many_headers},
    {"head too large by one", of_size(head_size_max + 1), HeadError::head_too_large},
    {"endless line", std::string(head_size_max, 'G'), HeadError::request_line_too_large},
    {"endless line after empty ones", "\r\n\n" + std::string(head_size_max, 'G'),
     HeadError::request_line_too_large},
    {"endless header", "GET / HTTP/1.1\r\nA: " + std::string(head_size_max, 'b'),
     HeadError::head_too_large},
    {"a line that leaves little room",
     "GET /" + std::string(6000, 'a') + " HTTP/1.1\r\nA: " + std::string(head_size_max, 'b'),
     HeadError::request_line_too_large},
};

TEST(RequestHead, RefusesUnsafeInput) {
  for (const Refused& row : refused) {
    SCOPED_TRACE(row.name);
    const ExactInput parsed(row.input);
    ASSERT_FALSE(parsed.result);
    EXPECT_EQ(to_string(parsed.result.error()), to_string(row.error));
  }
}

TEST(RequestHead, AcceptsTheLargestHead) {
  EXPECT_EQ(ExactInput(of_size(head_size_max)).result, head_size_max);
  EXPECT_EQ(ExactInput(with_headers(header_count_max)).head.header_count, header_count_max);
}

// Feeds `input` byte by byte, as a slow client would.
HeadSize feed_bytewise(const std::string& input, RequestHead& head) {
  HeadSize result = incomplete_head;
  std::size_t seen = 0;
  for (std::size_t size = 1; size <= input.size(); ++size) {
    result = parse_request_head(std::span(input).first(size), head, seen);
    if (result != incomplete_head) return result;
    seen = size;
  }
  return result;
}

void expect_same_result_bytewise(const std::string& input) {
  RequestHead whole_head;
  RequestHead bytewise_head;
  const HeadSize whole = parse_request_head(input, whole_head);
  const HeadSize bytewise = feed_bytewise(input, bytewise_head);
  EXPECT_EQ(bytewise, whole);
  if (!whole) return;
  EXPECT_EQ(bytewise_head.target, whole_head.target);
  EXPECT_EQ(pairs_of(bytewise_head), pairs_of(whole_head));
}

TEST(RequestHead, BytewiseInputHasTheSameResult) {
  for (const Accepted& row : accepted) {
    SCOPED_TRACE(row.name);
    expect_same_result_bytewise(row.input);
  }
  for (const Refused& row : refused) {
    SCOPED_TRACE(row.name);
    expect_same_result_bytewise(row.input);
  }
}

TEST(RequestHead, MutatedInputHasTheSameResultBytewise) {
  const std::string original = "GET /a?b HTTP/1.1\r\nHost: c\r\nX: \r\n\r\n";
  for (std::size_t i = 0; i < original.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string mutated = original;
      mutated[i] = static_cast<char>(byte);
      SCOPED_TRACE(testing::Message() << "byte " << i << " made " << byte);
      expect_same_result_bytewise(mutated);
    }
  }
}

TEST(RequestHead, ReuseLeavesNoTraceOfTheLastRequest) {
  RequestHead head;
  const std::string_view first = "GET /1 HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n";
  const std::string_view second = "GET /2 HTTP/1.1\r\nC: 3\r\n\r\n";
  ASSERT_TRUE(parse_request_head(first, head));
  ASSERT_TRUE(parse_request_head(second, head));
  EXPECT_EQ(head.headers().size(), 1U);
  EXPECT_FALSE(find_header(head, "A"));
}

TEST(FindHeader, IgnoresCaseAndFindsTheFirst) {
  const ExactInput parsed(
      "GET / HTTP/1.1\r\nX-FORWARDED-for: a\r\nx-forwarded-for: b\r\nA^b_: c\r\n\r\n");
  ASSERT_TRUE(parsed.result);
  EXPECT_EQ(find_header(parsed.head, "X-Forwarded-For"), "a");
  EXPECT_EQ(find_header(parsed.head, "a^B_"), "c");
  EXPECT_EQ(find_header(parsed.head, "A~B_"), std::nullopt);
  EXPECT_EQ(find_header(parsed.head, "X-Forwarded-Fo"), std::nullopt);
}

TEST(EqualsIgnoringCase, FoldsAsciiLettersOnly) {
  EXPECT_TRUE(equals_ignoring_case("Keep-Alive", "kEEP-aLIVE"));
  EXPECT_TRUE(equals_ignoring_case("", ""));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
  EXPECT_FALSE(equals_ignoring_case("close", "closed"));
}

// Runs the fuzzer's corpus with every compiler. The first byte of an input is the size of its
// pieces.
TEST(RequestHead, CorpusHasTheSameResultBytewise) {
  const std::string corpus = GYRE_SOURCE_DIR "/tests/corpus/http_request_head";
  std::size_t file_count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    SCOPED_TRACE(entry.path().filename().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    ASSERT_GE(bytes.size(), 2U);
    expect_same_result_bytewise(bytes.substr(1));
    ++file_count;
  }
  EXPECT_GE(file_count, 5U);
}

}  // namespace
}  // namespace gyre::http1
