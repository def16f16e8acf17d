#include "common/config/deny.hpp"

namespace gyre::config {

void describe_section(Schema& schema, DenyConfig& config, bool with_user_agents) {
  auto& [networks_path, peer_ids_path, user_agents_path] = config;
  const auto describe_settings = [&] {
    schema.setting("networks_path", networks_path,
                   "Text file with one network on each line: 192.0.2.0/24, 2001:db8::/32 or a "
                   "single address; anything from a # or ; on is a comment. Their clients are not "
                   "answered (over UDP), their connections closed unread; behind proxies they are "
                   "refused. Connections of proxies are exempt. Empty: no list.");
    schema.setting("peer_ids_path", peer_ids_path,
                   "Text file with the beginning of a peer_id on each line, as text (-XX0100-) or "
                   "in hexadecimal (0x2d5858303130302d); lines that begin with # are comments. "
                   "Announces of such clients are refused. Empty: no list.");
    if (!with_user_agents) return;
    schema.setting("user_agents_path", user_agents_path,
                   "Text file with the beginning of a User-Agent on each line, case-sensitive "
                   "(avhttp/2); lines that begin with # are comments. Such clients are refused. "
                   "Empty: no list.");
  };
  schema.section("deny",
                 "Lists of clients that are not served. They are read at startup, before "
                 "privileges are dropped, and again on SIGHUP or SIGUSR1; for that, the user "
                 "switched to must be able to read them.",
                 describe_settings);
}

}  // namespace gyre::config
