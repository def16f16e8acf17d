// Responses to people, and to what is no announce or scrape, beside those that all trackers have
// (common/http1/pages). Texts only: which one is due is for the handler.
#pragma once

#include "common/http1/pages.hpp"

namespace gyre::http {

extern const http1::IndexText index_text;
extern const http1::Page not_found_page;
extern const http1::Page gone_page;
extern const http1::Page plain_on_tls_page;
extern const http1::RefusalPages refusal_pages;

}  // namespace gyre::http
