#include "common/tls/ticket_keys.hpp"

#include <cstring>
#include <mutex>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"

namespace gyre::tls {
namespace {

using KeyNumberBytes = std::array<unsigned char, sizeof(std::uint64_t)>;

KeyNumberBytes bytes_of(std::uint64_t key_number) {
  KeyNumberBytes bytes;
  std::memcpy(bytes.data(), &key_number, bytes.size());
  return bytes;
}

}  // namespace

TicketKeys::TicketKeys(Seconds lifetime) : lifetime_(lifetime) {
  CHECK(lifetime > 0);
  CHECK(sodium_init() >= 0);
  replace_current();
}

TicketKeys::~TicketKeys() {
  sodium_memzero(&current_, sizeof current_);
  sodium_memzero(&previous_, sizeof previous_);
}

// A key that has long been out of date does not become the previous one.
void TicketKeys::rotate(Seconds now) {
  const std::scoped_lock lock(mutex_);
  const Seconds due = rotation_due_.load(std::memory_order_relaxed);
  if (now < due) return;  // another thread was faster
  if (due > 0) {
    replace_current();
    if (now - due >= lifetime_) sodium_memzero(&previous_, sizeof previous_);
  }
  rotation_due_.store(now + lifetime_, std::memory_order_relaxed);
}

void TicketKeys::replace_current() {
  previous_ = current_;
  // Numbers are random, so that tickets of an earlier process are recognised as foreign.
  do {
    randombytes_buf(&current_, sizeof current_);
  } while (current_.number == 0 || current_.number == previous_.number);
}

TicketSeal TicketKeys::seal(std::span<unsigned char> ticket) {
  Key key;
  {
    const std::scoped_lock lock(mutex_);
    key = current_;
  }
  TicketSeal seal;
  DCHECK(key.number != 0);
  seal.key_number = key.number;
  randombytes_buf(seal.nonce.data(), seal.nonce.size());
  const KeyNumberBytes bound = bytes_of(key.number);
  crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
      ticket.data(), seal.tag.data(), nullptr, ticket.data(), ticket.size(), bound.data(),
      bound.size(), nullptr, seal.nonce.data(), key.bytes.data());
  sodium_memzero(&key, sizeof key);
  return seal;
}

bool TicketKeys::open(const TicketSeal& seal, std::span<unsigned char> ticket) const {
  if (seal.key_number == 0) return false;
  Key key;
  {
    const std::scoped_lock lock(mutex_);
    key = seal.key_number == current_.number ? current_ : previous_;
  }
  if (seal.key_number != key.number) return false;
  const KeyNumberBytes bound = bytes_of(key.number);
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
      ticket.data(), nullptr, ticket.data(), ticket.size(), seal.tag.data(), bound.data(),
      bound.size(), seal.nonce.data(), key.bytes.data());
  sodium_memzero(&key, sizeof key);
  return failed == 0;
}

}  // namespace gyre::tls
