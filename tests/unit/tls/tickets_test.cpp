#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "common/tls/ticket_keys.hpp"
#include "tests/support/tls_pair.hpp"

namespace gyre::test {
namespace {

using tls::TicketKeys;
using tls::TicketSeal;

constexpr Seconds lifetime = 3600;

class SessionTickets : public testing::TestWithParam<int> {
 protected:
  // Does a full handshake, and returns the session that the client can resume.
  TlsSession first_session(const std::shared_ptr<const tls::Context>& context) {
    TlsPair pair(client_context, context);
    pair.run();
    EXPECT_FALSE(pair.server().resumed());
    return pair.client().take_session();
  }

  // Whether another connection resumes it. Both sides must agree, and be connected.
  bool resumes(const std::shared_ptr<const tls::Context>& context, const TlsSession& session) {
    TlsPair pair(client_context, context, session.get());
    pair.run();
    pair.client().send("GET / HTTP/1.1\r\n\r\n");
    pair.run();
    EXPECT_EQ(pair.received(), "GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(pair.server().resumed(), SSL_session_reused(pair.client().get()) == 1);
    newer = pair.client().take_session();
    return pair.server().resumed();
  }

  TlsClientContext client_context{{.version = GetParam()}};
  std::shared_ptr<TicketKeys> keys = std::make_shared<TicketKeys>(lifetime);
  TlsSession newer{nullptr, SSL_SESSION_free};
};

TEST_P(SessionTickets, ResumeWithEveryContextOfTheSameKeys) {
  const auto session = first_session(make_context(KeyKind::ecdsa_p256, keys));
  EXPECT_TRUE(resumes(make_context(KeyKind::rsa_2048, keys), session));
}

TEST_P(SessionTickets, AreValidForOneToTwoLifetimes) {
  const auto context = make_context(KeyKind::ecdsa_p256, keys);
  keys->advance(100);
  const auto session = first_session(context);
  keys->advance(100 + lifetime);
  EXPECT_TRUE(resumes(context, session));
  const auto renewed = std::move(newer);
  keys->advance(100 + 2 * lifetime);
  EXPECT_FALSE(resumes(context, session));
  if (GetParam() == TLS1_3_VERSION) {  // which gives a new ticket with each connection
    EXPECT_TRUE(resumes(context, renewed));
  }
}

TEST_P(SessionTickets, OfOtherKeysFallBackToAFullHandshake) {
  const auto session = first_session(make_context(KeyKind::ecdsa_p256, keys));
  const auto others = std::make_shared<TicketKeys>(lifetime);
  EXPECT_FALSE(resumes(make_context(KeyKind::ecdsa_p256, others), session));
}

TEST_P(SessionTickets, AreOffWithoutKeys) {
  const auto context = make_context(KeyKind::ecdsa_p256);
  const auto session = first_session(context);
  EXPECT_TRUE(session == nullptr || SSL_SESSION_has_ticket(session.get()) == 0);
  EXPECT_FALSE(resumes(context, session));
}

// The library trusts the length within a ticket (RFC 5077 4) to find the seal behind it.
TEST_P(SessionTickets, WithAnotherInnerLengthAreRejected) {
  const auto context = make_context(KeyKind::ecdsa_p256, keys);
  const auto session = first_session(context);
  const unsigned char* ticket = nullptr;
  std::size_t ticket_size = 0;
  SSL_SESSION_get0_ticket(session.get(), &ticket, &ticket_size);
  constexpr std::size_t length_at = 16 + 16;  // key_name, iv
  ASSERT_GT(ticket_size, length_at + 2);
  const std::size_t length = ticket[length_at] * 256U + ticket[length_at + 1];
  for (const std::size_t claimed : {std::size_t{0}, std::size_t{1}, length - 1, length + 1,
                                    length + 31, length + 32, std::size_t{0xffff}}) {
    TlsPair pair(client_context, context, session.get());
    auto hello = pair.client().take();
    const auto place =
        std::ranges::search(hello, std::as_bytes(std::span(ticket, ticket_size))).begin();
    ASSERT_NE(place, hello.end());
    place[length_at] = static_cast<std::byte>(claimed >> 8);
    place[length_at + 1] = static_cast<std::byte>(claimed);
    pair.to_server(hello);
    EXPECT_FALSE(pair.server().resumed()) << claimed;
    EXPECT_NE(pair.server().status(), tls::Session::Status::open) << claimed;
  }
}

// As workers do it, while the keys rotate and the context is replaced.
TEST_P(SessionTickets, AreThreadSafe) {
  const std::array contexts{make_context(KeyKind::ecdsa_p256, keys),
                            make_context(KeyKind::ecdsa_p256, keys)};
  std::atomic<int> exchanges = 0;
  constexpr int thread_count = 4;
  constexpr int rounds = 25;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < thread_count; ++thread) {
      threads.emplace_back([&] {
        const TlsClientContext own_client_context({.version = GetParam()});
        TlsSession session(nullptr, SSL_SESSION_free);
        for (int round = 0; round < rounds; ++round) {
          keys->advance(static_cast<Seconds>(round) * lifetime / 2);
          TlsPair pair(own_client_context, contexts[round % 2], session.get());
          pair.run();
          if (pair.send_to_client("d5:peers0:e") && pair.client().received() == "d5:peers0:e") {
            ++exchanges;
          }
          if (auto next = pair.client().take_session()) session = std::move(next);
        }
      });
    }
  }
  EXPECT_EQ(exchanges, thread_count * rounds);
}

INSTANTIATE_TEST_SUITE_P(Versions, SessionTickets, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

using Ticket = std::array<unsigned char, 76>;

TEST(TicketKeys, SealAndOpen) {
  TicketKeys keys(lifetime);
  Ticket ticket{1, 2, 3};
  const TicketSeal seal = keys.seal(ticket);
  EXPECT_NE(ticket, (Ticket{1, 2, 3}));
  EXPECT_TRUE(keys.open(seal, ticket));
  EXPECT_EQ(ticket, (Ticket{1, 2, 3}));
}

TEST(TicketKeys, RejectsAnyChange) {
  TicketKeys keys(lifetime);
  Ticket ticket{1, 2, 3};
  const TicketSeal seal = keys.seal(ticket);
  const auto refused = [&](TicketSeal other, Ticket bytes) { return !keys.open(other, bytes); };
  for (std::size_t i = 0; i < ticket.size(); ++i) {
    Ticket changed = ticket;
    changed[i] ^= 1;
    EXPECT_TRUE(refused(seal, changed)) << i;
  }
  for (std::size_t i = 0; i < seal.nonce.size(); ++i) {
    TicketSeal changed = seal;
    changed.nonce[i] ^= 1;
    EXPECT_TRUE(refused(changed, ticket)) << i;
  }
  for (std::size_t i = 0; i < seal.tag.size(); ++i) {
    TicketSeal changed = seal;
    changed.tag[i] ^= 1;
    EXPECT_TRUE(refused(changed, ticket)) << i;
  }
  TicketSeal changed = seal;
  changed.key_number += 1;
  EXPECT_TRUE(refused(changed, ticket));
  changed.key_number = 0;
  EXPECT_TRUE(refused(changed, ticket));
}

TEST(TicketKeys, NoncesDiffer) {
  TicketKeys keys(lifetime);
  Ticket one{};
  Ticket other{};
  EXPECT_NE(keys.seal(one).nonce, keys.seal(other).nonce);
  EXPECT_NE(one, other);
}

struct Rotation {
  Seconds sealed_at;
  std::vector<Seconds> advanced_to;
  bool opened;
};

TEST(TicketKeys, Rotate) {
  for (const auto& [sealed_at, advanced_to, opened] : std::vector<Rotation>{
           {0, {}, true},
           {0, {lifetime - 1}, true},
           {0, {lifetime}, true},
           {0, {lifetime, 2 * lifetime - 1}, true},
           {0, {lifetime, 2 * lifetime}, false},
           {0, {2 * lifetime}, false},               // nobody connected for long
           {5, {5 + lifetime, 5 + lifetime}, true},  // two workers at the same time
           {5, {5 + lifetime, 4}, true},             // one whose clock is behind
       }) {
    TicketKeys keys(lifetime);
    keys.advance(sealed_at);
    Ticket ticket{};
    const TicketSeal seal = keys.seal(ticket);
    for (const Seconds now : advanced_to) keys.advance(now);
    EXPECT_EQ(keys.open(seal, ticket), opened) << sealed_at;
  }
}

}  // namespace
}  // namespace gyre::test
