#include "sidecar/tools/check.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "sidecar/tools/exit_code.hpp"
#include "tests/support/memory_files.hpp"

namespace sealbus::tools {
namespace {

const std::string kKey(43, 'A');  // 32 bytes of zero, in base64url
const std::string kIngress =
    "auth: {development: true}\n"
    "bus: {listen: ipc:///run/bus}\n"
    "key: {file: root.key}\n"
    "services: {users: {}}\n";
const std::string kSidecar =
    "service: users\n"
    "bus: {connect: ipc:///run/bus}\n"
    "key: {file: users.key}\n"
    "deliver: {listen: ipc:///run/users}\n";

class Check : public testing::Test {
 protected:
  Check() {
    files_["root.key"] = "sealbus-root-v1:" + kKey + "\n";
    files_["users.key"] = "sealbus-svc-v1:users:" + kKey + ":" + kKey + "\n";
  }
  int run(const std::string& text, OutputFormat format = OutputFormat::text,
          settings::Environment environment = {}) {
    files_["x.yaml"] = text;
    std::ostringstream out;
    const int code = check({"x.yaml", std::move(environment), files_, {}}, format, out);
    out_ = out.str();
    return code;
  }
  [[nodiscard]] bool says(const std::string& part) const {
    return out_.find(part) != std::string::npos;
  }

  test::MemoryFiles files_;
  std::string out_;
};

TEST_F(Check, PrintsWhatIsInForceAndWhatIsLoosened) {
  EXPECT_EQ(run(kIngress), kExitGood) << out_;
  EXPECT_TRUE(says("# ingress\n")) << out_;
  EXPECT_TRUE(says("http.listen: 0.0.0.0:3000\n"));
  EXPECT_TRUE(says("key: set (59 bytes, from root.key)\n"));
  EXPECT_TRUE(says("# loosened:\n#   auth.development: "));
  EXPECT_FALSE(says(kKey));
}

TEST_F(Check, TellsTheRoleByTheService) {
  EXPECT_EQ(run(kSidecar), kExitGood) << out_;
  EXPECT_TRUE(says("# sidecar\n"));
  EXPECT_TRUE(says("# nothing is loosened\n"));
  EXPECT_EQ(run(kSidecar.substr(kSidecar.find('\n') + 1), OutputFormat::text,
                {{"SEALBUS_SERVICE", "users"}}),
            kExitGood)
      << out_;
  EXPECT_TRUE(says("# sidecar\n"));
}

TEST_F(Check, PrintsEveryErrorAndNothingElse) {
  EXPECT_EQ(run(kIngress + "dran: 5s\nhttp: {workers: many}\n"), kExitUsage);
  EXPECT_EQ(out_,
            "x.yaml:5:1: dran: unknown key; did you mean 'drain'?\n"
            "x.yaml:6:17: http.workers: expected a whole number from 0 to 1024; found 'many'\n"
            "2 errors in the configuration of this ingress\n");
}

TEST_F(Check, NotesGrantsThatOverlapOrNameAServiceThatIsNotThere) {
  const std::string grants = kIngress.substr(0, kIngress.find("services:")) +
                             "services:\n"
                             "  orders: {routes: [/api/**], publish: [order.*, orders.*]}\n"
                             "  users: {routes: [/api/users/*, /users], subscribe: [odrers.Placed, "
                             "orders.Placed]}\n";
  EXPECT_EQ(run(grants), kExitGood) << out_;
  EXPECT_TRUE(out_.ends_with(
      "# to note:\n"
      "#   services.users.routes: /api/users/* overlaps /api/** of orders; where the contracts of "
      "both meet, the one that registers later is refused\n"
      "#   services.orders.publish: order.*: 'services' has no order; did you mean 'orders'?\n"
      "#   services.users.subscribe: odrers.Placed: 'services' has no odrers; did you mean "
      "'orders'?\n"))
      << out_;
  EXPECT_EQ(run(grants, OutputFormat::json), kExitGood);
  EXPECT_TRUE(says(R"("notes":[{"setting":"services.users.routes","meaning":"/api/users/* )"))
      << out_;
  EXPECT_EQ(run(grants + "registration: open\n"), kExitGood);
  EXPECT_FALSE(says("odrers.Placed: ")) << "anybody may still come";
}

TEST_F(Check, NotesNothingAboutGrantsThatMeetNowhere) {
  EXPECT_EQ(run(kIngress.substr(0, kIngress.find("services:")) +
                "services:\n"
                "  orders: {routes: [/api/orders/**], subscribe: [users.Made]}\n"
                "  users: {routes: [/api/users/**], publish: [orders.*]}\n"),
            kExitGood);
  EXPECT_FALSE(says("to note")) << out_;
}

TEST_F(Check, NotesEventsThatAreRefusedAndSettingsWithoutEffect) {
  const auto with = [&](const std::string& event) {
    return run(kSidecar + "contracts: [{name: A}, {name: E, kind: event" + event + "}]\n");
  };
  EXPECT_EQ(with(""), kExitGood);
  EXPECT_TRUE(says("#   contracts[1].delivery: an ingress of this version has no store")) << out_;
  EXPECT_EQ(with(", delivery: memory"), kExitGood);
  EXPECT_FALSE(says("to note")) << out_;
  EXPECT_EQ(with(", delivery: memory, authAt: delivery, maxAuthAge: 1h, retry: {maxAttempts: 9}"),
            kExitGood);
  EXPECT_TRUE(says("#   contracts[1].authAt: has no effect")) << out_;
  EXPECT_TRUE(says("#   contracts[1].maxAuthAge: has no effect"));
  EXPECT_TRUE(says("#   contracts[1].retry: has no effect"));
}

TEST_F(Check, LooksAtKeysToTheirEnd) {
  files_["root.key"] = "sealbus-root-v1:" + kKey.substr(1);
  EXPECT_EQ(run(kIngress), kExitUsage);
  EXPECT_EQ(out_,
            "root.key: the root key must be 32 bytes in base64url\n"
            "1 error in the configuration of this ingress\n");
  files_["users.key"] = "sealbus-svc-v1:users:" + kKey;
  EXPECT_EQ(run(kSidecar), kExitUsage);
  EXPECT_TRUE(says("users.key: a service key is"));
}

TEST_F(Check, WritesJsonOnOneLine) {
  EXPECT_EQ(run(kSidecar, OutputFormat::json), kExitGood);
  EXPECT_TRUE(out_.starts_with(
      R"({"valid":true,"role":"sidecar","settings":{"service":"users","key":"set ()"))
      << out_;
  EXPECT_TRUE(out_.ends_with(R"(},"loosened":[],"notes":[],"errors":[]})"
                             "\n"))
      << out_;
  EXPECT_EQ(run(kIngress, OutputFormat::json), kExitGood);
  EXPECT_TRUE(says(R"("loosened":[{"setting":"auth.development","meaning":)")) << out_;
}

TEST_F(Check, NotesThatATapAloneIsForEventsAndAtMostOnce) {
  const std::string bus_and_key = kSidecar.substr(0, kSidecar.find("deliver"));
  const std::string note = "the tap is the only door: the service gets events only, each at most ";
  EXPECT_EQ(run(bus_and_key + "deliver: {tap: ipc:///run/tap}\n"), kExitGood) << out_;
  EXPECT_TRUE(says("# nothing is loosened\n# to note:\n#   deliver.tap: " + note)) << out_;
  EXPECT_EQ(run(bus_and_key + "deliver: {tap: ipc:///run/tap}\n", OutputFormat::json), kExitGood);
  EXPECT_TRUE(says(R"("notes":[{"setting":"deliver.tap","meaning":")" + note)) << out_;
  EXPECT_EQ(run(bus_and_key + "deliver: {tap: ipc:///run/tap, listen: ipc:///run/users}\n"),
            kExitGood);
  EXPECT_FALSE(says("to note"));
}

TEST_F(Check, WritesErrorsAsJsonWithTheirPlaces) {
  EXPECT_EQ(run(kIngress + "dran: 5s\n", OutputFormat::json), kExitUsage);
  EXPECT_EQ(
      out_,
      R"({"valid":false,"role":"ingress","settings":{},"loosened":[],"notes":[],"errors":[)"
      R"({"source":"x.yaml","line":5,"column":1,"key":"dran","message":"unknown key; did you mean )"
      R"('drain'?"}]})"
      "\n");
}

}  // namespace
}  // namespace sealbus::tools
