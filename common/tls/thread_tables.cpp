// clang-format off: options.h defines how the library was built, and must come first.
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ecc.h>
// clang-format on

#include "common/tls/thread_tables.hpp"

namespace gyre::tls {
namespace {

struct ThreadTables {
  ThreadTables() = default;
  ThreadTables(const ThreadTables&) = delete;
  ThreadTables& operator=(const ThreadTables&) = delete;
  ~ThreadTables() {
#if defined(FP_ECC) && defined(HAVE_THREAD_LS)
    wc_ecc_fp_free();
#endif
  }
};

}  // namespace

void free_tables_with_thread() {
  static thread_local const ThreadTables tables;
}

}  // namespace gyre::tls
