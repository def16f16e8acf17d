#include "common/base/check.hpp"

#include <gtest/gtest.h>

namespace gyre {
namespace {

TEST(Check, TrueHasNoEffect) {
  int evaluated = 0;
  CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, FalseAbortsAndNamesThePlace) {
  EXPECT_DEATH(CHECK(1 + 1 == 3), "check_test\\.cpp:[0-9]+: CHECK\\(1 \\+ 1 == 3\\) failed");
}

TEST(CheckDeathTest, AcceptsWhatConvertsToBool) {
  const int* null = nullptr;
  EXPECT_DEATH(CHECK(null), "CHECK\\(null\\) failed");
}

TEST(DcheckDeathTest, FollowsTheBuild) {
  int evaluated = 0;
  DCHECK(++evaluated > 0);
#ifdef GYRE_ASSERTIONS
  EXPECT_EQ(evaluated, 1);
  EXPECT_DEATH(DCHECK(evaluated == 7), "CHECK\\(evaluated == 7\\) failed");
#else
  EXPECT_EQ(evaluated, 0) << "an assertion that is off must cost nothing";
#endif
}

}  // namespace
}  // namespace gyre
