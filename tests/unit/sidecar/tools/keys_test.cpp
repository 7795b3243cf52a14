#include "sidecar/tools/keys.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "common/envelope/keys.hpp"
#include "sidecar/tools/exit_code.hpp"
#include "tests/support/counting_random.hpp"
#include "tests/support/memory_files.hpp"

namespace sealbus::tools {
namespace {

std::string root_key(test::CountingRandom& random) {
  std::ostringstream out;
  EXPECT_EQ(keys_root(random, out), kExitGood);
  return out.str();
}

class KeysDerive : public testing::Test {
 protected:
  KeysDerive() {
    test::CountingRandom random;
    files_["root.key"] = root_key(random);
  }
  int derive(const std::string& root, const std::string& service) {
    out_.str({});
    errors_.str({});
    return keys_derive({root, service}, files_, out_, errors_);
  }
  void refuses(const std::string& root, const std::string& service, const std::string& why) {
    EXPECT_EQ(derive(root, service), kExitUsage);
    EXPECT_EQ(out_.str(), "");
    EXPECT_NE(errors_.str().find(why), std::string::npos) << errors_.str();
  }

  test::MemoryFiles files_;
  std::ostringstream out_;
  std::ostringstream errors_;
};

TEST(KeysRoot, PrintsAKeyThatCanBeRead) {
  test::CountingRandom random;
  const std::string line = root_key(random);
  ASSERT_TRUE(line.ends_with("\n"));
  EXPECT_TRUE(envelope::RootKey::parse(line.substr(0, line.size() - 1)));
}

TEST(KeysRoot, PrintsAnotherKeyEachTime) {
  test::CountingRandom random;
  EXPECT_NE(root_key(random), root_key(random));
}

TEST_F(KeysDerive, PrintsTheKeyOfTheService) {
  ASSERT_EQ(derive("root.key", "users"), kExitGood) << errors_.str();
  const auto key = envelope::ServiceKey::parse(out_.str());
  ASSERT_TRUE(key);
  EXPECT_EQ(key->service(), "users");
  EXPECT_EQ(errors_.str(), "");
}

TEST_F(KeysDerive, PrintsTheSameKeyAgainAndAnotherForAnotherService) {
  derive("root.key", "users");
  const std::string first = out_.str();
  derive("root.key", "users");
  EXPECT_EQ(out_.str(), first);
  derive("root.key", "orders");
  EXPECT_NE(out_.str(), first);
}

TEST_F(KeysDerive, RefusesWhatIsNoRootKey) {
  refuses("none.key", "users", "none.key: No such file or directory");
  files_["bad.key"] = "sealbus-root-v1:AQEB\n";
  refuses("bad.key", "users", "bad.key: the root key must be");
  EXPECT_EQ(errors_.str().find("AQEB"), std::string::npos);
  derive("root.key", "users");
  files_["users.key"] = out_.str();
  refuses("users.key", "orders", "users.key: this is a service key");
}

TEST_F(KeysDerive, RefusesNamesThatNoServiceCanHave) {
  for (const char* name : {"", "Users", "9", "a b", "a:b", "a\nb"}) {
    refuses("root.key", name, "is no service's name");
  }
  refuses("root.key", std::string(64, 'a'), "is no service's name");
}

}  // namespace
}  // namespace sealbus::tools
