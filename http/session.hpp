// What the HTTP tracker keeps of one connection. Data of the worker, which has all the rules.
#pragma once

#include <memory>

#include "common/connection/connection.hpp"
#include "common/http1/request_reader.hpp"
#include "http/full_scrape.hpp"

namespace gyre::http {

struct Session {
  bool has_asked = false;  // a whole request has come
  bool closes_after_body = false;
  http1::RequestReader requests;
  std::unique_ptr<FullScrapeBody> body;  // of an answer that is being sent; then it is blocked
};

using Connection = connection::Connection<Session>;

}  // namespace gyre::http
