#include <gtest/gtest.h>

#include "sealbus/service.hpp"

namespace sealbus {
namespace {

using namespace std::chrono_literals;

Auth with(std::vector<std::string> permissions, bool wildcards) {
  Auth auth;
  auth.user_id = "u";
  auth.permissions = std::move(permissions);
  auth.wildcards = wildcards;
  return auth;
}

TEST(BindingAuth, PermissionsMatchExactly) {
  const Auth auth = with({"users:read", "*", "teams:*"}, false);
  EXPECT_TRUE(auth.can("users:read"));
  EXPECT_TRUE(auth.can("*"));
  EXPECT_FALSE(auth.can("users:create"));
  EXPECT_FALSE(auth.can("teams:read"));
}

TEST(BindingAuth, WildcardsGrantWhatTheyCoverWhenTheyAreOn) {
  EXPECT_TRUE(with({"teams:*"}, true).can("teams:read"));
  EXPECT_TRUE(with({"teams:*"}, true).can("teams:"));
  EXPECT_FALSE(with({"teams:*"}, true).can("teams"));
  EXPECT_FALSE(with({"teams:*"}, true).can("users:read"));
  EXPECT_TRUE(with({"*"}, true).can("users:read"));
  EXPECT_FALSE(with({"us*"}, true).can("users:read"));
}

TEST(BindingReply, IsRefusedWhereItIsMade) {
  EXPECT_NO_THROW(Reply::text("x", 200));
  EXPECT_THROW(Reply::text("x", 199), std::invalid_argument);
  EXPECT_THROW(Reply::text("x", 600), std::invalid_argument);
  EXPECT_THROW(Reply::text("x", 204), std::invalid_argument);
  EXPECT_THROW(Reply::bytes("x", "a\r\nb"), std::invalid_argument);
  EXPECT_THROW(Reply::bytes("x", std::string(257, 'x')), std::invalid_argument);
  EXPECT_THROW(Reply().header("a b", "v"), std::invalid_argument);
  EXPECT_THROW(Reply().header("", "v"), std::invalid_argument);
  EXPECT_THROW(Reply().header("x", "a\r\nset-cookie: b"), std::invalid_argument);
  EXPECT_THROW(Reply().header("x", "\xff"), std::invalid_argument);
}

TEST(BindingReply, PutsTheNamesOfHeadersInLowerCase) {
  const Reply reply = Reply::json("{}", 201).header("Location", "/api/users/1");
  EXPECT_EQ(reply.headers().at("location"), "/api/users/1");
  EXPECT_EQ(reply.content_type(), "application/json");
}

TEST(BindingRetry, IsPutOffForADayAtMost) {
  EXPECT_NO_THROW(Retry(24h));
  EXPECT_THROW(Retry(24h + 1ms), std::invalid_argument);
  EXPECT_THROW(Retry(-1ms), std::invalid_argument);
}

TEST(BindingService, IsOnThisMachine) {
  for (const char* good : {"ipc:///run/sealbus/users", "tcp://127.0.0.1:5571",
                           "tcp://127.9.9.9:5571", "tcp://[::1]:5571", "tcp://localhost:5571"}) {
    EXPECT_NO_THROW(Service{good}) << good;
  }
  for (const char* bad :
       {"ipc://", "ipc://@users", "tcp://0.0.0.0:5571", "tcp://192.0.2.1:5571",
        "tcp://sidecar:5571", "tcp://127.0.0.1", "tcp://127.0.0.1:0", "tcp://127.0.0.1:65536",
        "tcp://127.0.0.1:5571x", "tcp://127.1:5571", "tcp://:5571", "tcp://*:5571",
        "tcp://127.0.0.1:1;192.0.2.1:5571", "tcp://[::]:5571", "udp://127.0.0.1:5",
        "127.0.0.1:5571", "tcp://127.0.0.1.evil.example:5571", "TCP://127.0.0.1:5571"}) {
    EXPECT_THROW(Service{bad}, std::invalid_argument) << bad;
  }
}

TEST(BindingService, WantsAnAddressAndOptionsThatAreInTheirRange) {
  const char* address = "ipc:///run/sealbus/users";
  EXPECT_THROW(Service(""), std::invalid_argument);
  ServiceOptions options;
  options.credit = 0;
  EXPECT_THROW(Service(address, options), std::invalid_argument);
  options = {};
  options.threads = 0;
  EXPECT_THROW(Service(address, options), std::invalid_argument);
  options = {};
  options.drain = -1ms;
  EXPECT_THROW(Service(address, options), std::invalid_argument);
}

TEST(BindingService, AContractHasOneHandler) {
  Service service("ipc:///run/sealbus/users");
  const auto nothing = [](const Auth&, const Message&) {};
  EXPECT_THROW(service.run(), std::logic_error);
  service.on({"A", "B"}, nothing);
  EXPECT_THROW(service.on("B", nothing), std::invalid_argument);
  EXPECT_THROW(service.on("", nothing), std::invalid_argument);
  EXPECT_THROW(service.on("\xff", nothing), std::invalid_argument);
  EXPECT_THROW(service.on(std::string(129, 'x'), nothing), std::invalid_argument);
  EXPECT_NO_THROW(service.on(std::string(128, 'x'), nothing));
}

}  // namespace
}  // namespace sealbus
