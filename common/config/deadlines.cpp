#include "common/config/deadlines.hpp"

namespace gyre::config {

void describe_handshake_deadline(Schema& schema, Seconds& handshake) {
  schema.setting("handshake", handshake,
                 "Seconds from accepting a connection to the end of its TLS handshake or PROXY "
                 "protocol header.",
                 deadline_range);
}

void describe_request_deadline(Schema& schema, Seconds& request) {
  schema.setting("request", request,
                 "Seconds from the first to the last byte of a request, and from accepting a "
                 "connection to its first request.",
                 deadline_range);
}

}  // namespace gyre::config
