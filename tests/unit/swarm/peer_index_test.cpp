#include "common/swarm/peer_index.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "common/random.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

template <class Address>
PeerSlot<Address> slot_of(std::uint32_t number) {
  Address address;
  store_be(address.bytes.data() + sizeof(Address) - 4, number);
  return PeerSlot<Address>::of({address, 1}, {});
}

template <class Address>
class PeerIndexOf : public testing::Test {
 protected:
  using Slot = PeerSlot<Address>;

  // The array that the index speaks of: numbers of peers, each at most once.
  void check_all(const PeerIndex<Address>& index, std::uint32_t population) {
    std::vector<std::optional<std::uint32_t>> position_of(population);
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
      position_of[load_be<std::uint32_t>(slots_[i].address.bytes.data() + sizeof(Address) - 4)] = i;
    }
    for (std::uint32_t number = 0; number < population; ++number) {
      ASSERT_EQ(index.find(slots_, slot_of<Address>(number), secret_), position_of[number])
          << number;
    }
  }

  HashSecret secret_{1, 2};
  std::vector<Slot> slots_;
};

using Families = testing::Types<Ipv4Address, Ipv6Address>;
TYPED_TEST_SUITE(PeerIndexOf, Families);

TYPED_TEST(PeerIndexOf, FindsNothingInNothing) {
  const PeerIndex<TypeParam> index({}, 0, this->secret_);
  EXPECT_EQ(index.find({}, slot_of<TypeParam>(1), this->secret_), std::nullopt);
}

TYPED_TEST(PeerIndexOf, IndexesWhatIsThereAlready) {
  for (std::uint32_t number = 0; number < 100; number += 2) {
    this->slots_.push_back(slot_of<TypeParam>(number));
  }
  const PeerIndex<TypeParam> index(this->slots_, 50, this->secret_);
  EXPECT_GE(index.capacity(), 50U);
  this->check_all(index, 100);
}

// Random insertions, removals and moves, as a swarm does them, in tables that are as full as they
// may be, so that long chains and wrapping around the end are common.
TYPED_TEST(PeerIndexOf, AgreesWithTheArray) {
  for (const std::uint32_t capacity : {1U, 2U, 4U, 8U, 32U, 256U}) {
    this->slots_.clear();
    PeerIndex<TypeParam> index({}, capacity, this->secret_);
    ASSERT_GE(index.capacity(), capacity);
    Random random(capacity);
    const std::uint32_t population = 2 * capacity;
    const auto swap = [&](std::uint32_t a, std::uint32_t b) {
      if (a == b) return;
      index.swap(this->slots_[a], a, this->slots_[b], b, this->secret_);
      std::swap(this->slots_[a], this->slots_[b]);
    };
    for (std::size_t i = 0; i < test::scaled(4000); ++i) {
      const auto size = static_cast<std::uint32_t>(this->slots_.size());
      const auto peer = slot_of<TypeParam>(random.below(population));
      const auto position = index.find(this->slots_, peer, this->secret_);
      if (!position && size < capacity) {
        index.insert(peer, size, this->secret_);
        this->slots_.push_back(peer);
      } else if (position && random.below(3) == 0) {
        swap(*position, random.below(size));
      } else if (position) {
        index.erase(this->slots_, *position, this->secret_);
        if (*position != size - 1) {
          index.move(this->slots_.back(), size - 1, *position, this->secret_);
          this->slots_[*position] = this->slots_.back();
        }
        this->slots_.pop_back();
      }
      this->check_all(index, population);
    }
  }
}

}  // namespace
}  // namespace gyre::swarm
