#pragma once
// A fresh address for each test, what the service logs, and the service on a thread of its own.

#include <filesystem>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "fake_sidecar.hpp"
#include "sealbus/service.hpp"

namespace sealbus::test {

// The lines that were logged, for any thread.
class Heard {
 public:
  [[nodiscard]] Log log() {
    return [this](Severity severity, std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.push_back({severity, std::string(line)});
      news_.notify_all();
    };
  }

  // Waits for a line that contains the text; gives it.
  std::string line(std::string_view text) {
    std::unique_lock lock(mutex_);
    std::optional<std::string> found;
    news_.wait_for(lock, kWithin, [&] {
      for (const auto& [severity, line] : lines_) {
        if (line.find(text) != std::string::npos) found = line;
      }
      return found.has_value();
    });
    if (!found) throw std::runtime_error("nothing was logged of " + std::string(text));
    return *found;
  }

  [[nodiscard]] std::size_t count(Severity severity) {
    const std::lock_guard lock(mutex_);
    std::size_t n = 0;
    for (const auto& line : lines_) n += line.first == severity ? 1 : 0;
    return n;
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<std::pair<Severity, std::string>> lines_;
};

// What handlers wait for, and a test opens. Opens by itself at its end, so that no test hangs.
class Gate {
 public:
  Gate() = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() { open(); }

  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    news_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  bool open_ = false;
};

// A service that runs until this ends.
class Running {
 public:
  explicit Running(Service& service, Signals signals = Signals::leave)
      : service_(service),
        result_(
            std::async(std::launch::async, [&service, signals] { return service.run(signals); })) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (!result_.valid()) return;
    service_.stop();
    service_.stop();
    result_.wait();
  }

  // What run() gave, or threw.
  int result() {
    if (result_.wait_for(kWithin) != std::future_status::ready) {
      throw std::runtime_error("the service did not end");
    }
    return result_.get();
  }

 private:
  Service& service_;
  std::future<int> result_;
};

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sealbus-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
  }
  ~ServiceTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string address() const { return "ipc://" + folder_.string() + "/door"; }

  [[nodiscard]] ServiceOptions options(std::uint16_t credit = 4) {
    ServiceOptions options;
    options.credit = credit;
    options.threads = 4;
    options.name = "users:1";
    options.log = heard.log();
    return options;
  }

  // Answers A with what it got.
  static void echo(Service& service) {
    service.on("A",
               [](const Auth&, const Message& message) { return Reply::text(message.payload); });
  }

  static void expect_works(FakeSidecar& sidecar) {
    const std::string id = sidecar.message({"A", "hello"});
    const Said said = sidecar.next({"reply", "reject"});
    EXPECT_EQ(said["id"], id);
    EXPECT_EQ(said.payload, "hello");
  }

  Heard heard;

 private:
  std::filesystem::path folder_;
};

}  // namespace sealbus::test
