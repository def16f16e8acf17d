// The keys that encrypt session tickets (RFC 5077, RFC 8446 4.6.1): a client gets a ticket, and
// presents it to any worker to resume without a full handshake. libsodium does the encryption; what
// is in a ticket is the TLS library's business.
//
// Keys are random, never leave the process, and are wiped when they are two lifetimes old: whoever
// steals the current ones cannot decrypt older connections.
//
// Threading: everything may be called from any thread.
#pragma once

#include <sodium.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/base/small_mutex.hpp"
#include "common/base/types.hpp"

namespace gyre::tls {

// What a ticket has besides the encrypted bytes: a 24-byte nonce (XChaCha20), long enough for
// random ones never to repeat, the key's number, and the tag.
struct TicketSeal {
  static constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  static constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

  std::uint64_t key_number = 0;  // never zero in a seal
  std::array<unsigned char, nonce_size> nonce{};
  std::array<unsigned char, tag_size> tag{};
};

class TicketKeys {
 public:
  // A ticket is valid for one to two lifetimes: until the key after its own is replaced.
  // REQUIRES: lifetime > 0.
  explicit TicketKeys(Seconds lifetime);
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;
  ~TicketKeys();

  Seconds lifetime() const { return lifetime_; }

  // Rotates if it is time. Cheap enough for every turn of every worker; a clock behind that of
  // another thread has no effect.
  void advance(Seconds now) {
    if (now >= rotation_due_.load(std::memory_order_relaxed)) rotate(now);
  }

  // Encrypts in place.
  TicketSeal seal(std::span<unsigned char> ticket);

  // Decrypts in place. False: the key is gone or unknown, or the bytes were changed.
  bool open(const TicketSeal& seal, std::span<unsigned char> ticket) const;

 private:
  struct Key {
    std::uint64_t number = 0;  // 0: none
    std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_KEYBYTES> bytes{};
  };

  void rotate(Seconds now);
  void replace_current();

  const Seconds lifetime_;
  std::atomic<Seconds> rotation_due_{0};
  mutable SmallMutex mutex_;  // guards what follows
  Key current_;
  Key previous_;
};

}  // namespace gyre::tls
