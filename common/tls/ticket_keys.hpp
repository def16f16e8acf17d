// The keys under which a server seals session tickets (RFC 5077, RFC 8446 4.6.1): what a client is
// given to resume without a full handshake, and brings back to any worker. Between the TLS library,
// which makes tickets, and libsodium, which seals them. It knows neither what is in a ticket nor
// a clock.
//
// Keys are random, live in this process only, and are overwritten when they are two lifetimes old:
// who learns the present ones cannot read older connections.
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

// What stands beside the sealed bytes in a ticket: 24 bytes of nonce (XChaCha20), so that random
// ones never meet, the key's number, and the tag.
struct TicketSeal {
  static constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  static constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

  std::uint64_t key_number = 0;  // never zero in a seal
  std::array<unsigned char, nonce_size> nonce{};
  std::array<unsigned char, tag_size> tag{};
};

class TicketKeys {
 public:
  // A ticket is good for one to two lifetimes (of at least a second): until the key after the one
  // it was sealed under is replaced too.
  explicit TicketKeys(Seconds lifetime);
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;
  ~TicketKeys();

  Seconds lifetime() const { return lifetime_; }

  // Rotates if it is time. Cheap: for once per turn of every worker. A clock behind that of another
  // thread changes nothing.
  void advance(Seconds now) {
    if (now >= rotation_due_.load(std::memory_order_relaxed)) rotate(now);
  }

  // Encrypts in place.
  TicketSeal seal(std::span<unsigned char> ticket);

  // Decrypts in place. False: a key that is gone or never was, or bytes that were changed.
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
  mutable SmallMutex mutex_;  // of what follows
  Key current_;
  Key previous_;
};

}  // namespace gyre::tls
