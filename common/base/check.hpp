// Assertions against programming errors. Nothing that a remote peer sends may reach one.
//
// CHECK stays on in every build: for start-up, bookkeeping of buffers and slots, and the borders of
// modules. DCHECK is on where GYRE_ASSERTIONS is defined (dev and sanitizer builds): for hot loops.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace gyre {

// Whether DCHECKs run: for state that exists for their sake.
#ifdef GYRE_ASSERTIONS
inline constexpr bool assertions_on = true;
#else
inline constexpr bool assertions_on = false;
#endif

[[noreturn, gnu::cold]] inline void check_failed(const char* expression, const char* file,
                                                 int line) {
  std::fprintf(stderr, "%s:%d: CHECK(%s) failed\n", file, line, expression);
  std::abort();
}

}  // namespace gyre

// NOLINTBEGIN(cppcoreguidelines-macro-usage): only a macro has the expression's text and place.
#define CHECK(expression) \
  (static_cast<bool>(expression) ? void() : ::gyre::check_failed(#expression, __FILE__, __LINE__))

#ifdef GYRE_ASSERTIONS
#define DCHECK(expression) CHECK(expression)
#else
#define DCHECK(expression) static_cast<void>(sizeof(static_cast<bool>(expression)))
#endif
// NOLINTEND(cppcoreguidelines-macro-usage)
