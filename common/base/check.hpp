// Assertions against programming errors. Nothing that a remote peer sends may reach one.
//
// CHECK stays on in every build: for start-up, bookkeeping of buffers and slots, and the borders of
// modules. DCHECK is on where GYRE_ASSERTIONS is defined (dev and sanitizer builds): for hot loops.
// DCHECK_SAMPLED is for check_invariants() of a container after each change of it: it makes that
// call, where DCHECK is on, after one of about max(1,024, `size`) changes, so that a check which
// looks at all of `size` items costs the same for each change.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
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

inline bool is_sampled(std::uint64_t size) {
  static thread_local std::uint64_t change_count = 0;
  return ++change_count % std::max<std::uint64_t>(1024, std::bit_ceil(size)) == 0;
}

}  // namespace gyre

// NOLINTBEGIN(cppcoreguidelines-macro-usage): only a macro has the expression's text and place.
#define CHECK(expression) \
  (static_cast<bool>(expression) ? void() : ::gyre::check_failed(#expression, __FILE__, __LINE__))

#ifdef GYRE_ASSERTIONS
#define DCHECK(expression) CHECK(expression)
#define DCHECK_SAMPLED(size, call) (::gyre::is_sampled(size) ? (call) : void())
#else
#define DCHECK(expression) static_cast<void>(sizeof(static_cast<bool>(expression)))
#define DCHECK_SAMPLED(size, call) (false ? (call) : void())
#endif
// NOLINTEND(cppcoreguidelines-macro-usage)
