#include "common/config/shared_sections.hpp"

namespace gyre::config {

void describe_log_level(Schema& schema, LogLevel& log_level) {
  schema.setting("log_level", log_level,
                 "How much is logged to standard error. \"info\" logs starts, stops and reloads; "
                 "single requests are logged at \"debug\" and \"trace\" only.");
}

void describe(Schema& schema, MetricsConfig& config) {
  auto& [run_prometheus_endpoint, prometheus_endpoint_address] = config;
  schema.setting("run_prometheus_endpoint", run_prometheus_endpoint,
                 "Serve Prometheus metrics and a status page over HTTP.");
  schema.setting("prometheus_endpoint_address", prometheus_endpoint_address,
                 "Address and port of the metrics endpoint, IPv4 or IPv6. Anyone who can reach "
                 "it can read the metrics: keep it on loopback or behind a firewall.");
}

void describe(Schema& schema, PrivilegesConfig& config) {
  auto& [drop_privileges, chroot_path, group, user] = config;
  schema.setting("drop_privileges", drop_privileges,
                 "Switch to the user and group below once the sockets are bound. The program "
                 "must be started as root for that. If false, it keeps running as the user that "
                 "started it, which is right under systemd and in containers.");
  schema.setting("chroot_path", chroot_path,
                 "Directory to confine the process to (chroot) when privileges are dropped; "
                 "empty: none. From then on, files that are reloaded, such as the access list, "
                 "are looked up inside it. At startup they are looked up both inside and "
                 "outside: a file that is only outside is used, but never reloaded.");
  schema.setting("group", group, "Group to switch to: a name in /etc/group, or a number.",
                 Text::not_empty);
  schema.setting("user", user, "User to switch to: a name in /etc/passwd, or a number.",
                 Text::not_empty);
}

void describe(Schema& schema, AccessListConfig& config) {
  auto& [mode, path] = config;
  schema.setting(
      "mode", mode,
      "\"off\": track every torrent. \"allow\": track only torrents on the list. \"deny\": "
      "track every torrent that is not on the list.");
  schema.setting("path", path,
                 "Text file with one info_hash per line, as 40 hexadecimal digits. Unless the "
                 "mode is \"off\", it is read at startup, before privileges are dropped, and again "
                 "on SIGHUP or SIGUSR1; for that, the user switched to must be able to read it.",
                 Text::not_empty);
}

void describe_section(Schema& schema, MetricsConfig& config) {
  schema.section("metrics", config, "Monitoring.");
}

void describe_section(Schema& schema, PrivilegesConfig& config) {
  schema.section("privileges", config, "Privileges that the program drops once it has started.");
}

void describe_section(Schema& schema, AccessListConfig& config) {
  schema.section("access_list", config, "Which torrents are tracked.");
}

}  // namespace gyre::config
