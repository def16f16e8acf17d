#include "common/config/deadlines.hpp"

namespace gyre::config {

void describe_handshake_deadline(Schema& schema, DeadlinesConfig& config) {
  schema.setting("handshake", config.handshake,
                 "Seconds from accepting a connection to the end of its TLS handshake or PROXY "
                 "protocol header.",
                 deadline_range);
}

}  // namespace gyre::config
