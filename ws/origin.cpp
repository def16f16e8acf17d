#include "ws/origin.hpp"

#include <algorithm>

namespace gyre::ws {
namespace {

constexpr std::string_view wildcard = "*.";

// "https://www.example.org:8443" -> "www.example.org"
std::string_view host_of(std::string_view origin) {
  const std::size_t scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::string_view authority = origin.substr(scheme_end + 3);
  const std::size_t end_of_ip = authority.starts_with('[') ? authority.find(']') : 0;
  return authority.substr(0, authority.find_first_of(":/", end_of_ip));
}

bool matches(std::string_view rule, std::string_view origin) {
  if (!rule.starts_with(wildcard)) return http1::equals_ignoring_case(rule, origin);
  const std::string_view host = host_of(origin);
  const std::string_view suffix = rule.substr(1);  // ".example.org"
  return host.size() > suffix.size() &&
         http1::equals_ignoring_case(host.substr(host.size() - suffix.size()), suffix);
}

bool any_matches(const std::vector<std::string>& rules, std::string_view origin) {
  return std::ranges::any_of(rules, [origin](const auto& rule) { return matches(rule, origin); });
}

}  // namespace

bool OriginRules::allows(std::string_view origin) const {
  if (origin.empty()) return !deny_empty;
  return !any_matches(deny, origin) && (allow.empty() || any_matches(allow, origin));
}

bool OriginRules::allows(const http1::RequestHead& head) const {
  return allows(http1::find_header(head, "Origin").value_or(""));
}

bool is_origin_rule(std::string_view text) {
  constexpr std::string_view no_part_of_hosts = "/*?#@, \t";
  if (text == "null") return true;  // of pages from files, and sandboxed ones
  const bool is_wildcard = text.starts_with(wildcard);
  const std::size_t scheme_end = text.find("://");
  if (!is_wildcard && (scheme_end == std::string_view::npos || scheme_end == 0)) return false;
  const std::string_view host =
      is_wildcard ? text.substr(wildcard.size()) : text.substr(scheme_end + 3);
  return !host.empty() && !host.starts_with('.') &&
         host.find_first_of(no_part_of_hosts) == std::string_view::npos;
}

}  // namespace gyre::ws
