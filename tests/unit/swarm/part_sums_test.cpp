// Sums of parts against a plain vector of counts.
#include "common/swarm/part_sums.hpp"

#include <gtest/gtest.h>

#include "common/base/random.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

class SumsAndModel {
 public:
  explicit SumsAndModel(std::uint64_t seed) : random_(seed) {}

  std::size_t size() const { return counts_.size(); }

  // Parts come until there are `parts_max`, go until there are none, and change all the while.
  void operate_once(std::size_t parts_max) {
    if (counts_.empty()) growing_ = true;
    if (counts_.size() == parts_max) growing_ = false;
    if (counts_.empty() || (growing_ && random_.below(2) == 0)) {
      const std::uint32_t count = random_count();
      sums_.push_back(count);
      counts_.push_back(count);
    } else if (!growing_ && random_.below(2) == 0) {
      sums_.pop_back();
      counts_.pop_back();
    } else {
      const std::uint32_t index = random_.below(static_cast<std::uint32_t>(counts_.size()));
      const std::uint32_t count = random_count();
      sums_.change(index, counts_[index], count);
      counts_[index] = count;
    }
  }

  void check_all() const {
    std::uint32_t before = 0;
    for (std::uint32_t index = 0; index < counts_.size(); ++index) {
      ASSERT_EQ(sums_.before(index), before);
      for (const std::uint32_t position : {0U, counts_[index] / 2, counts_[index] - 1}) {
        if (counts_[index] == 0) continue;
        const auto place = sums_.find(before + position);
        ASSERT_EQ(place.part, index);
        ASSERT_EQ(place.position, position);
      }
      before += counts_[index];
    }
    ASSERT_EQ(sums_.total(), before);
  }

 private:
  std::uint32_t random_count() { return random_.below(3) == 0 ? 0 : random_.below(65'001); }

  Random random_;
  PartSums sums_;
  std::vector<std::uint32_t> counts_;
  bool growing_ = true;
};

TEST(PartSums, AgreeWithAPlainVector) {
  for (const std::size_t parts_max : {1U, 2U, 3U, 4U, 5U, 8U, 31U, 32U, 33U, 150U}) {
    SCOPED_TRACE(parts_max);
    SumsAndModel run(parts_max);
    std::size_t most = 0;
    for (std::size_t i = 0; i < 6 * parts_max + test::scaled(1000); ++i) {
      run.operate_once(parts_max);
      run.check_all();
      if (testing::Test::HasFatalFailure()) return;
      most = std::max(most, run.size());
    }
    EXPECT_EQ(most, parts_max);
  }
}

TEST(PartSums, OfNoPartsAreNothing) {
  EXPECT_EQ(PartSums().total(), 0U);
}

}  // namespace
}  // namespace gyre::swarm
