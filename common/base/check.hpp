// Assertions against programmers' errors. Nothing that a remote peer sends may reach one.
//
// CHECK stays on in every build: start-up, bookkeeping of buffers and slots, borders of modules.
// DCHECK is on where GYRE_ASSERTIONS is defined (dev and sanitizer builds): hot loops.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace gyre {

[[noreturn, gnu::cold]] inline void check_failed(const char* expression, const char* file,
                                                 int line) {
  std::fprintf(stderr, "%s:%d: CHECK(%s) failed\n", file, line, expression);
  std::abort();
}

}  // namespace gyre

// NOLINTBEGIN(cppcoreguidelines-macro-usage): the expression's text and place need a macro.
#define CHECK(expression) \
  (static_cast<bool>(expression) ? void() : ::gyre::check_failed(#expression, __FILE__, __LINE__))

#ifdef GYRE_ASSERTIONS
#define DCHECK(expression) CHECK(expression)
#else
#define DCHECK(expression) static_cast<void>(sizeof(static_cast<bool>(expression)))
#endif
// NOLINTEND(cppcoreguidelines-macro-usage)
