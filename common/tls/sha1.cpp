#include "common/tls/sha1.hpp"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/hash.h>

#include <limits>

#include "common/base/check.hpp"

namespace gyre::tls {

std::array<std::byte, 20> sha1(std::span<const std::byte> input) {
  std::array<std::byte, 20> digest;
  static_assert(digest.size() == WC_SHA_DIGEST_SIZE);
  DCHECK(input.size() <= std::numeric_limits<word32>::max());
  const int done =
      wc_ShaHash(reinterpret_cast<const byte*>(input.data()), static_cast<word32>(input.size()),
                 reinterpret_cast<byte*>(digest.data()));
  CHECK(done == 0);
  return digest;
}

}  // namespace gyre::tls
