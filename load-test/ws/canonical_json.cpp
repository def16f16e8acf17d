// Canonicalizer, see received_message.hpp.
#include <simdjson.h>

#include "load-test/ws/received_message.hpp"
#include "ws/limits.hpp"

namespace gyre::load_test::ws {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

constexpr std::size_t depth_max = 32;

void write_string(std::string& out, std::string_view text) {
  constexpr std::string_view letters = "\"\\\b\f\n\r\t";
  constexpr std::string_view escapes = "\"\\bfnrt";
  out += '"';
  for (const char c : text) {
    const std::size_t found = letters.find(c);
    if (found != std::string_view::npos) {
      out += '\\';
      out += escapes[found];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += "01"[c >> 4];
      out += "0123456789abcdef"[c & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void write(std::string& out, const element& value);

void write_array(std::string& out, const array& values) {
  out += '[';
  for (const element& value : values) {
    write(out, value);
    out += ',';
  }
  if (out.back() == ',') out.pop_back();
  out += ']';
}

void write_object(std::string& out, const object& members) {
  out += '{';
  for (const auto& [key, value] : members) {
    write_string(out, key);
    out += ':';
    write(out, value);
    out += ',';
  }
  if (out.back() == ',') out.pop_back();
  out += '}';
}

void write(std::string& out, const element& value) {
  switch (value.type()) {
    case element_type::STRING:
      return write_string(out, value.get_string().value_unsafe());
    case element_type::ARRAY:
      return write_array(out, value.get_array().value_unsafe());
    case element_type::OBJECT:
      return write_object(out, value.get_object().value_unsafe());
    default:
      out += simdjson::minify(value);
  }
}

}  // namespace

Canonicalizer::Canonicalizer() : parser_(std::make_unique<simdjson::dom::parser>()) {
  if (parser_->allocate(gyre::ws::message_size_limit, depth_max) != simdjson::SUCCESS) {
    throw std::bad_alloc();
  }
}

Canonicalizer::~Canonicalizer() = default;

std::optional<std::string_view> Canonicalizer::canonical(std::span<const std::byte> json) {
  element root;
  const auto* text = reinterpret_cast<const char*>(json.data());
  constexpr bool copies = false;  // there is room behind it
  if (parser_->parse(text, json.size(), copies).get(root) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  text_.clear();
  write(text_, root);
  return text_;
}

}  // namespace gyre::load_test::ws
