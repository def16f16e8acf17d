// Responses for humans, and to requests that are neither announce nor scrape, besides those that
// the trackers share (common/http1/pages). Texts only: the handler chooses.
#pragma once

#include "common/http1/pages.hpp"

namespace gyre::http {

extern const http1::IndexText index_text;
extern const http1::Page not_found_page;
extern const http1::Page gone_page;
extern const http1::Page plain_on_tls_page;
extern const http1::RefusalPages refusal_pages;

}  // namespace gyre::http
