#include "sidecar/config/address.hpp"
#include "tests/unit/sidecar/config/fixture.hpp"

namespace sealbus::settings {
namespace {

class LoadAdminAddress : public LoadTest {
 protected:
  static std::string text(const LoadResult<ListenAddress>& loaded) {
    return loaded ? to_text(*loaded) : lines_of(loaded).front();
  }
};

TEST_F(LoadAdminAddress, IsTheDefaultOfTheRole) {
  EXPECT_EQ(text(load_admin_address(environment({}))), "127.0.0.1:3001");
  EXPECT_EQ(text(load_admin_address(environment({{"SEALBUS_SERVICE", "users"}}))),
            "127.0.0.1:3002");
  EXPECT_EQ(text(load_admin_address(file("service: users\n"))), "127.0.0.1:3002");
}

TEST_F(LoadAdminAddress, IsThatOfTheFileUnlessTheEnvironmentHasOne) {
  const std::string config = "admin: {listen: '0.0.0.0:4001'}\n";
  EXPECT_EQ(text(load_admin_address(file(config))), "0.0.0.0:4001");
  EXPECT_EQ(text(load_admin_address(file(config, {{"SEALBUS_ADMIN", "[::1]:5001"}}))),
            "[::1]:5001");
}

TEST_F(LoadAdminAddress, DoesNotMindWhatIsWrongElsewhere) {
  const std::string config = "admin: {listen: '0.0.0.0:4001'}\nunknown: 1\ndrain: soon\n";
  EXPECT_EQ(text(load_admin_address(file(config, {{"SEALBUS_HTPT", "x"}}))), "0.0.0.0:4001");
}

TEST_F(LoadAdminAddress, ReportsWhatIsWrongWithIt) {
  EXPECT_EQ(
      text(load_admin_address(file("admin: {listen: here}\n"))),
      "conf/x.yaml:1:17: admin.listen: expected host:port, such as 0.0.0.0:3000; found 'here'");
  EXPECT_EQ(text(load_admin_address(file("admin: {lisen: '0.0.0.0:1'}\n"))),
            "conf/x.yaml:1:9: admin.lisen: unknown key; did you mean 'listen'?");
}

TEST_F(LoadAdminAddress, RefusesThePortThatNobodyCanKnow) {
  EXPECT_EQ(text(load_admin_address(file("admin: {listen: '0.0.0.0:0'}\n"))),
            "conf/x.yaml:1:17: admin.listen: port 0 is any free one; expected a fixed one");
}

TEST_F(LoadAdminAddress, ReportsAFileThatCannotBeRead) {
  EXPECT_EQ(text(load_admin_address({"conf/none.yaml", {}, files_, {}})),
            "conf/none.yaml: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace sealbus::settings
