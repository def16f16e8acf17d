#include "load-test/udp/response_check.hpp"

#include <gtest/gtest.h>

#include "tests/support/bytes.hpp"

namespace gyre::load_test::udp {
namespace {

using test::from_hex;

struct Case {
  std::string_view name;
  gyre::udp::Response response;
  Request request;
  std::int32_t peers_wanted;
  std::optional<Count> fault;
};

constexpr Request connect{.kind = Kind::connect};
constexpr Request announce{.kind = Kind::announce};
constexpr Request scrape{.kind = Kind::scrape, .scrape_count = 2};

TEST(ResponseCheck, FaultsOfResponses) {
  const test::Bytes two_peers = from_hex("7f000001 1ae1 7f000002 0001");
  const test::Bytes without_port = from_hex("7f000001 1ae1 7f000002 0000");
  const test::Bytes rows(24);
  const auto announced = [](std::uint32_t leechers, std::uint32_t seeders,
                            const test::Bytes& peers) {
    return gyre::udp::AnnounceResponse{
        .leecher_count = leechers, .seeder_count = seeders, .peers = peers};
  };
  const std::vector<Case> cases = {
      {"connect", gyre::udp::ConnectResponse{}, connect, 30, {}},
      {"announce without peers", announced(0, 1, {}), announce, 0, {}},
      {"announce", announced(1, 1, two_peers), announce, 2, {}},
      {"as many as the tracker gives", announced(2, 0, two_peers), announce, -1, {}},
      {"counts beyond 32 bits", announced(~0U, ~0U, two_peers), announce, 2, {}},
      {"more than wanted", announced(1, 1, two_peers), announce, 1, Count::implausible_peers},
      {"none wanted", announced(1, 1, two_peers), announce, 0, Count::implausible_peers},
      {"more than there are", announced(0, 1, two_peers), announce, 30, Count::implausible_peers},
      {"port 0", announced(1, 1, without_port), announce, 30, Count::implausible_peers},
      {"scrape", gyre::udp::ScrapeResponse{.transaction_id = 0, .rows = rows}, scrape, 30, {}},
      {"too few rows",
       gyre::udp::ScrapeResponse{.transaction_id = 0, .rows = std::span(rows).first(12)}, scrape,
       30, Count::wrong_size},
      {"connect for announce", gyre::udp::ConnectResponse{}, announce, 30, Count::wrong_action},
      {"scrape for announce", gyre::udp::ScrapeResponse{}, announce, 30, Count::wrong_action},
      {"announce for scrape", announced(0, 0, {}), scrape, 30, Count::wrong_action},
      {"announce for connect", announced(0, 0, {}), connect, 30, Count::wrong_action},
      {"error for connect", gyre::udp::ErrorResponse{}, connect, 30, {}},
      {"error for announce", gyre::udp::ErrorResponse{}, announce, 30, {}},
      {"error for scrape", gyre::udp::ErrorResponse{}, scrape, 30, {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(fault_of(c.response, c.request, c.peers_wanted, Family::ipv4), c.fault);
  }
}

TEST(ResponseCheck, Ipv6PeersHaveTheirPortsAtTheEndOfEighteenBytes) {
  const auto peers = from_hex("20010db8000000000000000000000001 1ae1");
  const auto portless = from_hex("20010db8000000000000000000001ae1 0000");
  gyre::udp::AnnounceResponse response{.leecher_count = 1, .peers = peers};
  EXPECT_EQ(fault_of(response, announce, 1, Family::ipv6), std::nullopt);
  response.peers = portless;
  EXPECT_EQ(fault_of(response, announce, 1, Family::ipv6), Count::implausible_peers);
}

TEST(ResponseCheck, TransactionIdsOfAllKinds) {
  EXPECT_EQ(transaction_id_of(gyre::udp::ConnectResponse{.transaction_id = 1}), 1U);
  EXPECT_EQ(transaction_id_of(gyre::udp::AnnounceResponse{.transaction_id = 2}), 2U);
  EXPECT_EQ(transaction_id_of(gyre::udp::ScrapeResponse{.transaction_id = 3, .rows = {}}), 3U);
  EXPECT_EQ(transaction_id_of(gyre::udp::ErrorResponse{.transaction_id = 4, .message = {}}), 4U);
}

}  // namespace
}  // namespace gyre::load_test::udp
