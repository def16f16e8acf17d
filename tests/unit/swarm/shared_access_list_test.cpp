#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "common/swarm/access_list.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

AccessList list_of(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    std::string hex(40, '0');
    hex[i] = '1';
    text += hex + "\n";
  }
  auto list = AccessList::parse(AccessMode::allow, text);
  EXPECT_TRUE(list);
  return std::move(*list);
}

TEST(SharedAccessList, IsOffAtFirst) {
  const SharedAccessList shared;
  EXPECT_EQ(shared.version(), 0U);
  ASSERT_NE(shared.get(), nullptr);
  EXPECT_EQ(shared.get()->mode(), AccessMode::off);
}

TEST(SharedAccessList, ReplacingMakesANewVersionAndKeepsTheOldAliveForItsHolders) {
  SharedAccessList shared;
  shared.replace(list_of(1));
  const auto first = shared.get();
  shared.replace(list_of(2));
  EXPECT_EQ(shared.version(), 2U);
  EXPECT_EQ(first->size(), 1U);
  EXPECT_EQ(shared.get()->size(), 2U);
}

// Readers see whole lists only, and after a version at least the list that it speaks of.
TEST(SharedAccessList, ThreadsSeeWholeLists) {
  constexpr std::size_t sizes = 40;
  SharedAccessList shared;
  const std::size_t rounds = test::scaled(2000);
  std::atomic<bool> wrong{false};
  {
    std::array<std::jthread, 3> readers;
    for (std::jthread& reader : readers) {
      reader = std::jthread([&] {
        for (std::uint64_t version = 0; version < rounds;) {
          version = shared.version();
          const auto list = shared.get();
          const bool ordered = list->size() == version % sizes || shared.version() != version;
          if (!ordered) wrong = true;
        }
      });
    }
    for (std::size_t round = 1; round <= rounds; ++round) shared.replace(list_of(round % sizes));
  }
  EXPECT_FALSE(wrong);
  EXPECT_EQ(shared.version(), rounds);
}

}  // namespace
}  // namespace gyre::swarm
