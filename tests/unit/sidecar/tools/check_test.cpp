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
  EXPECT_TRUE(out_.ends_with(R"(},"loosened":[],"errors":[]})"
                             "\n"))
      << out_;
  EXPECT_EQ(run(kIngress, OutputFormat::json), kExitGood);
  EXPECT_TRUE(says(R"("loosened":[{"setting":"auth.development","meaning":)")) << out_;
}

TEST_F(Check, WritesErrorsAsJsonWithTheirPlaces) {
  EXPECT_EQ(run(kIngress + "dran: 5s\n", OutputFormat::json), kExitUsage);
  EXPECT_EQ(out_,
            R"({"valid":false,"role":"ingress","settings":{},"loosened":[],"errors":[{"source":)"
            R"("x.yaml","line":5,"column":1,"key":"dran","message":"unknown key; did you mean )"
            R"('drain'?"}]})"
            "\n");
}

}  // namespace
}  // namespace sealbus::tools
