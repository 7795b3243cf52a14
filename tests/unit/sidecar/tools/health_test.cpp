#include "sidecar/tools/health.hpp"

#include <array>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sidecar/tools/exit_code.hpp"
#include "tests/support/memory_files.hpp"

namespace sealbus::tools {
namespace {

using std::chrono::milliseconds;

// A port of 127.0.0.1 at which something answers one question, whatever it is asked.
class Port {
 public:
  Port() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    auto* address = reinterpret_cast<sockaddr*>(&any);
    if (bind(fd_, address, size) != 0 || listen(fd_, 1) != 0 ||
        getsockname(fd_, address, &size) != 0) {
      throw std::runtime_error("no port");
    }
    number_ = ntohs(any.sin_port);
  }
  ~Port() {
    shut();
    if (answering_.joinable()) answering_.join();
  }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // Says `answer` as often as it is taken, and closes.
  void answer(const std::string& answer, bool endlessly = false) {
    answering_ = std::thread([this, answer, endlessly] {
      const int peer = accept(fd_, nullptr, nullptr);
      std::array<char, 4'096> piece{};
      const ssize_t got = recv(peer, piece.data(), piece.size(), 0);
      if (got > 0) asked_.assign(piece.data(), static_cast<std::size_t>(got));
      while (send(peer, answer.data(), answer.size(), MSG_NOSIGNAL) > 0 && endlessly) {
      }
      close(peer);
    });
  }
  // Nothing listens any more.
  void shut() {
    if (fd_ >= 0) {
      shutdown(fd_, SHUT_RDWR);
      close(fd_);
    }
    fd_ = -1;
  }
  std::string asked() {
    answering_.join();
    return asked_;
  }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(number_); }
  [[nodiscard]] std::string number() const { return std::to_string(number_); }

 private:
  int fd_;
  unsigned number_ = 0;
  std::thread answering_;
  std::string asked_;
};

class Health : public testing::Test {
 protected:
  int ask(HealthRequest request = {}) {
    return ask_with({{"SEALBUS_ADMIN", port_.address()}}, request);
  }
  int ask_with(settings::Environment environment, HealthRequest request = {}) {
    return health(request, {file_, std::move(environment), files_, {}}, clock_, out_, errors_);
  }
  void complains(int code, const std::string& what) {
    EXPECT_EQ(code, kExitFailed);
    EXPECT_EQ(out_.str(), "");
    EXPECT_NE(errors_.str().find(what), std::string::npos) << errors_.str();
  }

  base::SystemClock clock_;
  test::MemoryFiles files_;
  std::optional<std::filesystem::path> file_;
  Port port_;
  std::ostringstream out_;
  std::ostringstream errors_;
};

const std::string kGood = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";

TEST_F(Health, IsGoodWhenTheProcessAnswersThatItIs) {
  port_.answer(kGood);
  EXPECT_EQ(ask(), kExitGood) << errors_.str();
  EXPECT_EQ(out_.str(), "ok\n");
  EXPECT_EQ(errors_.str(), "");
}

TEST_F(Health, AsksWhetherTheProcessIsAlive) {
  port_.answer(kGood);
  ask();
  EXPECT_TRUE(port_.asked().starts_with("GET /healthz HTTP/1.1\r\nHost: localhost\r\n"));
}

TEST_F(Health, AsksWhetherItIsReadyWhenToldTo) {
  port_.answer(kGood);
  EXPECT_EQ(ask({HealthQuestion::ready}), kExitGood);
  EXPECT_TRUE(port_.asked().starts_with("GET /readyz "));
}

TEST_F(Health, SaysWhatAnUnreadyProcessLacks) {
  port_.answer("HTTP/1.1 503 Service Unavailable\r\n\r\n{\"ready\":false}");
  complains(ask({HealthQuestion::ready}), R"(/readyz: 503 Service Unavailable: {"ready":false})");
}

TEST_F(Health, IsBadWhenNothingListens) {
  port_.shut();
  complains(ask(), port_.address() + "/healthz: Connection refused");
}

TEST_F(Health, IsBadWhenThereIsNoAnswerInTime) {
  // The system takes the connection; nobody accepts it.
  complains(ask({HealthQuestion::alive, milliseconds(50)}), "no answer in time");
}

TEST_F(Health, IsBadWhenTheConnectionClosesWithoutAnAnswer) {
  port_.answer("");
  complains(ask(), "is not Sealbus");
}

TEST_F(Health, IsBadWhenSomethingElseAnswers) {
  port_.answer("220 mail.example.com ESMTP\r\n\r\n");
  complains(ask(), "is not Sealbus");
}

TEST_F(Health, IsBadWhenTheAnswerHasNoEnd) {
  port_.answer(kGood + std::string(4'096, 'x'), true);
  complains(ask({HealthQuestion::alive, milliseconds(60'000)}), "has no end");
}

TEST_F(Health, WritesNoControlBytesOfAnAnswer) {
  port_.answer("HTTP/1.1 500 \x1b[2J\r\n\r\n\x1b[31m");
  complains(ask(), "500 ?[2J: ?[31m");
}

TEST_F(Health, AsksAtThisMachineWhenTheRoleListensOnAllAddresses) {
  port_.answer(kGood);
  EXPECT_EQ(ask_with({{"SEALBUS_ADMIN", "0.0.0.0:" + port_.number()}}), kExitGood) << errors_.str();
}

TEST_F(Health, LooksUpANameThatTheRoleListensOn) {
  port_.answer(kGood);
  EXPECT_EQ(ask_with({{"SEALBUS_ADMIN", "localhost:" + port_.number()}}), kExitGood)
      << errors_.str();
}

TEST_F(Health, FindsThePortInTheFileAndLooksAtNothingElseThere) {
  files_["x.yaml"] = "admin: {listen: '" + port_.address() + "'}\nkey: {file: none}\nunknown: 1\n";
  file_ = "x.yaml";
  port_.answer(kGood);
  EXPECT_EQ(ask_with({{"SEALBUS_HTTP", "nonsense"}}), kExitGood) << errors_.str();
}

TEST_F(Health, RefusesAConfigurationThatCannotBeRead) {
  file_ = "absent.yaml";
  EXPECT_EQ(ask(), kExitUsage);
  EXPECT_NE(errors_.str().find("absent.yaml"), std::string::npos) << errors_.str();
}

TEST_F(Health, RefusesAnAddressThatIsNone) {
  EXPECT_EQ(ask_with({{"SEALBUS_ADMIN", "3001"}}), kExitUsage);
  EXPECT_NE(errors_.str().find("SEALBUS_ADMIN"), std::string::npos) << errors_.str();
}

}  // namespace
}  // namespace sealbus::tools
