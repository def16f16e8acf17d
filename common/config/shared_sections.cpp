#include "common/config/shared_sections.hpp"

namespace gyre::config {

void describe_log_level(Schema& schema, LogLevel& log_level) {
  schema.setting("log_level", log_level,
                 "How much is written to the standard error. \"info\" tells of starts, stops and "
                 "reloads; single requests are never logged above \"debug\".");
}

void describe(Schema& schema, MetricsConfig& config) {
  auto& [run_prometheus_endpoint, prometheus_endpoint_address] = config;
  schema.setting("run_prometheus_endpoint", run_prometheus_endpoint,
                 "Serve metrics over HTTP, for Prometheus to collect.");
  schema.setting("prometheus_endpoint_address", prometheus_endpoint_address,
                 "Address and port of that endpoint, IPv4 or IPv6. Whoever can reach it can read "
                 "the metrics, so keep it on loopback or behind a firewall.");
}

void describe(Schema& schema, PrivilegesConfig& config) {
  auto& [drop_privileges, chroot_path, group, user] = config;
  schema.setting("drop_privileges", drop_privileges,
                 "After the sockets are bound, become the user and the group below. The program "
                 "must be started as root for that. Without it the program keeps the identity that "
                 "it is started with, which is right under systemd or in a container.");
  schema.setting("chroot_path", chroot_path,
                 "Directory to confine the process to when privileges are dropped; empty: none. "
                 "Files that are read again later, such as the access list, are looked up inside "
                 "it from then on, and at the start outside of it as well: one that is only there "
                 "is served, but not read again.");
  schema.setting("group", group, "Group to become: its name in /etc/group, or its number.",
                 Text::not_empty);
  schema.setting("user", user, "User to become: its name in /etc/passwd, or its number.",
                 Text::not_empty);
}

void describe(Schema& schema, AccessListConfig& config) {
  auto& [mode, path] = config;
  schema.setting("mode", mode,
                 "\"off\": every torrent is tracked. \"allow\": only torrents on the list are. "
                 "\"deny\": all but the torrents on the list are.");
  schema.setting("path", path,
                 "Text file with one info hash per line, as 40 hexadecimal digits. Read at the "
                 "start if the mode is not \"off\", before privileges are dropped, and again upon "
                 "SIGHUP or SIGUSR1, for which the user that privileges are dropped to must be "
                 "able to read it.",
                 Text::not_empty);
}

void describe_section(Schema& schema, MetricsConfig& config) {
  schema.section("metrics", config, "What the operator can watch.");
}

void describe_section(Schema& schema, PrivilegesConfig& config) {
  schema.section("privileges", config, "Rights that the program gives up once it has started.");
}

void describe_section(Schema& schema, AccessListConfig& config) {
  schema.section("access_list", config, "Which torrents are tracked.");
}

}  // namespace gyre::config
