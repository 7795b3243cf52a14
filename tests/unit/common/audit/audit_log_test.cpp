#include "common/audit/audit_log.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/manual_clock.hpp"

namespace sealbus::audit {
namespace {

Entry entry(const std::string& user) {
  Entry made;
  made.time = base::from_millis(1'767'225'600'007);
  made.user_id = user;
  made.method = "jwt";
  made.contract = "users.Create";
  made.status = 200;
  made.source = "127.0.0.1";
  made.request_id = "req-1";
  return made;
}

class AuditLogTest : public testing::Test {
 protected:
  AuditLogTest() {
    std::string name = (std::filesystem::temp_directory_path() / "sealbus-audit-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    options_.file = folder_ / "audit.jsonl";
  }
  ~AuditLogTest() override {
    log_.reset();
    log::configure(log::Level::info, log::Format::text);
    std::filesystem::remove_all(folder_);
  }

  AuditLog& log() {
    if (!log_) {
      auto opened = AuditLog::open(options_, clock_);
      EXPECT_TRUE(opened) << opened.error().message;
      log_ = std::move(*opened);
    }
    return *log_;
  }
  static std::string text(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::vector<std::string> lines(const std::filesystem::path& path) {
    std::istringstream all(text(path));
    std::vector<std::string> found;
    for (std::string line; std::getline(all, line);) found.push_back(line);
    return found;
  }

  test::ManualClock clock_;
  std::filesystem::path folder_;
  AuditLog::Options options_;
  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditLogTest, WritesOneJsonLineForEachEntry) {
  log().start();
  log().record(entry("ada"));
  Entry refused = entry("eve");
  refused.refusal = base::Refusal::insufficient_permissions;
  refused.status = 403;
  refused.trace_id = "0af7";
  log().record(refused);
  log().flush();
  EXPECT_EQ(text(options_.file),
            R"({"time":"2026-01-01T00:00:00.007Z","decision":"allowed","code":"none",)"
            R"("status":200,"user_id":"ada","method":"jwt","contract":"users.Create",)"
            R"("source":"127.0.0.1","request_id":"req-1"})"
            "\n"
            R"({"time":"2026-01-01T00:00:00.007Z","decision":"refused",)"
            R"("code":"insufficient_permissions","status":403,"user_id":"eve","method":"jwt",)"
            R"("contract":"users.Create","source":"127.0.0.1","request_id":"req-1",)"
            R"("trace_id":"0af7"})"
            "\n");
  EXPECT_EQ(log().written(), 2U);
  EXPECT_EQ(log().lost(), 0U);
}

TEST_F(AuditLogTest, MakesTheFileForItsOwnerOnly) {
  log();
  struct stat status {};
  ASSERT_EQ(stat(options_.file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(AuditLogTest, AppendsToWhatIsThere) {
  std::ofstream(options_.file) << "before\n";
  log().start();
  log().record(entry("ada"));
  log().flush();
  EXPECT_EQ(lines(options_.file).size(), 2U);
  EXPECT_EQ(lines(options_.file)[0], "before");
}

TEST_F(AuditLogTest, SaysWhichFileCannotBeWrittenAndWhy) {
  options_.file = folder_ / "no-such-folder" / "audit.jsonl";
  const auto opened = AuditLog::open(options_, clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, "audit.file: " + options_.file.string() +
                                        " cannot be written: No such file or directory");
}

TEST_F(AuditLogTest, DoesNotWaitForSomebodyToReadAPipe) {
  ASSERT_EQ(mkfifo(options_.file.c_str(), 0600), 0);
  EXPECT_FALSE(AuditLog::open(options_, clock_));
}

TEST_F(AuditLogTest, KeepsOneLineForEachEntryWhateverIsInIt) {
  const std::string wild = "a\nb\"\\\x1b[31m\xc2\x9b\u2028\u202e\xff";
  Entry all = entry(wild);
  all.contract = all.source = all.request_id = all.message_id = all.trace_id = wild;
  log().start();
  log().record(all);
  log().flush();
  ASSERT_EQ(lines(options_.file).size(), 1U);
  const std::string line = lines(options_.file)[0];
  for (const char* part : {"\x1b", "\xc2\x9b", "\u2028", "\u202e", "\xff"}) {
    EXPECT_EQ(line.find(part), std::string::npos) << line;
  }
  simdjson::dom::parser parser;
  const simdjson::dom::element parsed = parser.parse(line);
  EXPECT_EQ(std::string_view(parsed["user_id"]),
            "a\nb\"\\\x1b[31m\xc2\x9b\u2028\u202e\xef\xbf\xbd");
}

TEST_F(AuditLogTest, BeginsANewFileWhenAskedAndLosesNothing) {
  log().start();
  log().record(entry("first"));
  log().flush();
  std::filesystem::rename(options_.file, folder_ / "old.jsonl");
  log().reopen();
  log().record(entry("second"));
  log().flush();
  EXPECT_EQ(lines(folder_ / "old.jsonl").size() + lines(options_.file).size(), 2U);
  // The new file was begun before the entry that came after it was asked for.
  EXPECT_NE(text(options_.file).find("second"), std::string::npos);
}

TEST_F(AuditLogTest, GoesOnWithTheOldFileWhenTheNewOneCannotBeOpened) {
  log().start();
  log().flush();
  const std::filesystem::path moved = folder_ / "moved.jsonl";
  std::filesystem::rename(options_.file, moved);
  std::filesystem::create_directory(options_.file);
  log().reopen();
  log().record(entry("ada"));
  log().flush();
  EXPECT_EQ(lines(moved).size(), 1U);
}

TEST_F(AuditLogTest, CountsAndReportsWhatFindsTheQueueFull) {
  options_.queue = 4;
  for (int i = 0; i < 7; ++i) log().record(entry("ada"));
  EXPECT_EQ(log().lost(), 3U);
  testing::internal::CaptureStderr();
  log().start();
  log().flush();
  EXPECT_EQ(lines(options_.file).size(), 4U);
  log_.reset();
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("Audit: 3 entries were lost: too many at once"), std::string::npos) << said;
}

TEST_F(AuditLogTest, CountsAndReportsWhatCannotBeWrittenAtALimitedRate) {
  options_.file = "/dev/full";
  testing::internal::CaptureStderr();
  log().start();
  for (int i = 0; i < 10; ++i) {
    log().record(entry("ada"));
    log().flush();
  }
  EXPECT_EQ(log().written(), 0U);
  EXPECT_EQ(log().lost(), 10U);
  log_.reset();
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("entries were lost: No space left on device"), std::string::npos) << said;
  // Once while it runs and once for the rest when it ends.
  EXPECT_LE(std::count(said.begin(), said.end(), '\n'), 2) << said;
}

TEST_F(AuditLogTest, WritesWhatIsLeftWhenItEnds) {
  for (int i = 0; i < 3'000; ++i) log().record(entry("ada"));
  log().start();
  log_.reset();
  EXPECT_EQ(lines(options_.file).size(), 3'000U);
}

TEST_F(AuditLogTest, LosesNothingThatManyThreadsRecord) {
  log().start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 1'000; ++i) log_->record(entry("ada"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  log().flush();
  EXPECT_EQ(log().written() + log().lost(), 4'000U);
  EXPECT_EQ(lines(options_.file).size(), log().written());
}

TEST_F(AuditLogTest, GoesToTheLogWithoutAFile) {
  options_.file.clear();
  testing::internal::CaptureStderr();
  log().start();
  log().record(entry("ada b\n"));
  log().flush();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "2026-01-01T00:00:00.007Z info    Audit: decision=allowed code=none status=200 "
            "user_id=\"ada b\\x0a\" method=jwt contract=users.Create source=127.0.0.1 "
            "request_id=req-1\n");
}

TEST_F(AuditLogTest, IsAJsonObjectInALogOfJson) {
  options_.file.clear();
  options_.format = log::Format::json;
  testing::internal::CaptureStderr();
  log().start();
  log().record(entry("ada"));
  log().flush();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            R"({"time":"2026-01-01T00:00:00.007Z","level":"info","message":"Audit",)"
            R"("decision":"allowed","code":"none","status":200,"user_id":"ada","method":"jwt",)"
            R"("contract":"users.Create","source":"127.0.0.1","request_id":"req-1"})"
            "\n");
}

TEST_F(AuditLogTest, KeepsSilentWhenTheLogIsAboveInfo) {
  options_.file.clear();
  log::configure(log::Level::warning, log::Format::text);
  testing::internal::CaptureStderr();
  log().start();
  log().record(entry("ada"));
  log().flush();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace sealbus::audit
