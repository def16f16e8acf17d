// Reloading of certificates: which are in use, and when files have changed.
#include "common/tls/certificates.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/tls_pair.hpp"

namespace gyre::test {
namespace {

using tls::Certificates;

constexpr std::size_t large_enough = 65536;

class CertificatesTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  tls::CertificateFiles files_ = write_pair(folder_, "pair", shared_key(KeyKind::ecdsa_p256));
};

TEST_F(CertificatesTest, HasNoContextBeforeTheFirstLoad) {
  Certificates certificates({files_}, 0, large_enough);
  EXPECT_EQ(certificates.contexts().get(), nullptr);
  EXPECT_FALSE(certificates.have_changed());
  ASSERT_TRUE(certificates.load());
  EXPECT_NE(certificates.contexts().get(), nullptr);
  EXPECT_FALSE(certificates.have_changed());
}

TEST_F(CertificatesTest, EachLoadReplacesTheContext) {
  Certificates certificates({files_}, 1, large_enough);
  ASSERT_TRUE(certificates.load());
  const auto before = certificates.contexts().get();
  ASSERT_TRUE(certificates.load());
  EXPECT_NE(certificates.contexts().get(), before);
}

TEST_F(CertificatesTest, BadFilesKeepTheContextAndAreTriedOnce) {
  Certificates certificates({files_}, 0, large_enough);
  ASSERT_TRUE(certificates.load());
  const auto before = certificates.contexts().get();
  folder_.write("pair.crt", "nonsense");
  EXPECT_TRUE(certificates.have_changed());
  const auto loaded = certificates.load();
  ASSERT_FALSE(loaded);
  EXPECT_TRUE(loaded.error().starts_with(files_.certificate_path)) << loaded.error();
  EXPECT_EQ(certificates.contexts().get(), before);
  EXPECT_FALSE(certificates.have_changed());
}

TEST_F(CertificatesTest, NoticesEveryKindOfChange) {
  Certificates certificates({files_}, 0, large_enough);
  ASSERT_TRUE(certificates.load());
  const std::string key = files_.private_key_path;
  std::filesystem::rename(key, key + ".away");
  EXPECT_TRUE(certificates.have_changed());
  std::filesystem::rename(key + ".away", key);
  EXPECT_FALSE(certificates.have_changed());
  std::filesystem::copy(key, key + ".copy");
  std::filesystem::rename(key + ".copy", key);
  EXPECT_TRUE(certificates.have_changed());
  ASSERT_TRUE(certificates.load());
  std::filesystem::last_write_time(
      key, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  EXPECT_TRUE(certificates.have_changed());
  ASSERT_TRUE(certificates.load());
  std::filesystem::permissions(key, std::filesystem::perms::owner_read);
  EXPECT_TRUE(certificates.have_changed());
}

TEST_F(CertificatesTest, RefusesChainsTooLongToSend) {
  Certificates certificates({files_}, 0, 100);
  const auto loaded = certificates.load();
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().find("100 are possible"), std::string::npos);
  EXPECT_EQ(certificates.contexts().get(), nullptr);
}

}  // namespace
}  // namespace gyre::test
