// Responses to people, and to what is no announce or scrape, beside those that all trackers have
// (common/http/pages). Texts only: which one is due is for the handler.
#pragma once

#include "common/http/pages.hpp"

namespace gyre::http_tracker {

extern const http::IndexText index_text;
extern const http::Page not_found_page;
extern const http::Page gone_page;
extern const http::Page plain_on_tls_page;
extern const http::RefusalPages refusal_pages;

}  // namespace gyre::http_tracker
