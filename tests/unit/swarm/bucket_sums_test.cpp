// Sums of buckets against a plain vector of counts.
#include "common/swarm/bucket_sums.hpp"

#include <gtest/gtest.h>

#include "common/base/random.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

class SumsAndModel {
 public:
  explicit SumsAndModel(std::uint64_t seed) : random_(seed) {}

  std::size_t size() const { return counts_.size(); }

  // Buckets come until there are `buckets_max`, go until there are none, and change all the while.
  void operate_once(std::size_t buckets_max) {
    if (counts_.empty()) growing_ = true;
    if (counts_.size() == buckets_max) growing_ = false;
    if (counts_.empty() || (growing_ && random_.below(2) == 0)) {
      sums_.push_back();
      counts_.push_back(0);
      set(static_cast<std::uint32_t>(counts_.size() - 1));
    } else if (!growing_ && random_.below(2) == 0) {
      sums_.pop_back();
      counts_.pop_back();
    } else {
      set(random_.below(static_cast<std::uint32_t>(counts_.size())));
    }
  }

  void check_all() const {
    std::uint32_t before = 0;
    for (std::uint32_t index = 0; index < counts_.size(); ++index) {
      ASSERT_EQ(sums_.before(index), before);
      ASSERT_EQ(sums_.at(index), counts_[index]);
      for (const std::uint32_t position : {0U, counts_[index] / 2, counts_[index] - 1}) {
        if (counts_[index] == 0) continue;
        const auto place = sums_.find(before + position);
        ASSERT_EQ(place.bucket, index);
        ASSERT_EQ(place.position, position);
      }
      before += counts_[index];
    }
    ASSERT_EQ(sums_.total(), before);
  }

 private:
  void set(std::uint32_t index) {
    counts_[index] = random_.below(3) == 0 ? 0 : random_.below(65'001);
    sums_.set(index, counts_[index]);
  }

  Random random_;
  BucketSums sums_;
  std::vector<std::uint32_t> counts_;
  bool growing_ = true;
};

TEST(BucketSums, AgreeWithAPlainVector) {
  for (const std::size_t buckets_max : {1U, 2U, 3U, 4U, 5U, 8U, 31U, 32U, 33U, 150U}) {
    SCOPED_TRACE(buckets_max);
    SumsAndModel run(buckets_max);
    std::size_t most = 0;
    for (std::size_t i = 0; i < 6 * buckets_max + test::scaled(1000); ++i) {
      run.operate_once(buckets_max);
      run.check_all();
      if (testing::Test::HasFatalFailure()) return;
      most = std::max(most, run.size());
    }
    EXPECT_EQ(most, buckets_max);
  }
}

TEST(BucketSums, OfNoBucketsAreNothing) {
  EXPECT_EQ(BucketSums().total(), 0U);
}

}  // namespace
}  // namespace gyre::swarm
