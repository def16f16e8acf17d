#include "common/swarm/cell_group.hpp"

#include <gtest/gtest.h>

#include "common/base/random.hpp"

namespace gyre::swarm {
namespace {

using Cells = std::array<std::uint16_t, cells_per_group + 1>;

CellSet equal_one_by_one(const std::uint16_t* cells, std::uint16_t value, std::uint16_t mask) {
  CellSet which = 0;
  for (std::uint32_t i = 0; i < cells_per_group; ++i) {
    if ((cells[i] & mask) == value) which |= 1U << i;
  }
  return which;
}

template <class Group>
class CellGroupTest : public testing::Test {};
using Groups = testing::Types<PlainCellGroup, CellGroup>;
TYPED_TEST_SUITE(CellGroupTest, Groups);

TYPED_TEST(CellGroupTest, FindsWhatLookingOneByOneFinds) {
  Random random(1);
  Cells cells{};
  for (int round = 0; round < 100'000; ++round) {
    // Few values, so that many are equal, with the highest and lowest bits among them.
    for (auto& cell : cells) {
      cell = static_cast<std::uint16_t>(random.below(3) << 15 | random.below(3));
      if (random.below(4) == 0) cell = 0xffff;
    }
    const auto mask = static_cast<std::uint16_t>(random.below(2) == 0 ? 0xffff : 0x8001);
    const auto value = static_cast<std::uint16_t>(cells[random.below(8)] & mask);
    const std::uint16_t* const begin = cells.data() + random.below(2);  // at any address
    const TypeParam group(begin);
    ASSERT_EQ(group.equal(value, mask), equal_one_by_one(begin, value, mask));
    ASSERT_EQ(group.equal(0xffff), equal_one_by_one(begin, 0xffff, 0xffff));
  }
}

TEST(CellSet, NamesCellsByBits) {
  EXPECT_EQ(first_cell(0b1010'0000), 5U);
  EXPECT_EQ(without_first(0b1010'0000), 0b1000'0000U);
  EXPECT_EQ(cells_before(0b1010'0000), 0b0001'1111U);
  EXPECT_EQ(cells_before(0b0000'0001), 0U);
  EXPECT_EQ(cells_before(0), 0xffU) << "all of them";
}

}  // namespace
}  // namespace gyre::swarm
