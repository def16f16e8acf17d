#include "common/config/access_list.hpp"

namespace gyre::config {

void describe(Schema& schema, AccessListConfig& config) {
  auto& [mode, path] = config;
  schema.setting(
      "mode", mode, access_mode_names,
      "\"off\": track every torrent. \"allow\": track only torrents on the list. \"deny\": "
      "track every torrent that is not on the list.");
  schema.setting("path", path,
                 "Text file with one info_hash per line, as 40 hexadecimal digits. Unless the "
                 "mode is \"off\", it is read at startup, before privileges are dropped, and again "
                 "on SIGHUP or SIGUSR1; for that, the user switched to must be able to read it.",
                 Text::not_empty);
}

void describe_section(Schema& schema, AccessListConfig& config) {
  schema.section("access_list", config, "Which torrents are tracked.");
}

}  // namespace gyre::config
