#include "sidecar/delivery/resolver.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

namespace sealbus::delivery {
namespace {

using namespace std::chrono_literals;
using Addresses = std::vector<std::string>;

// A name server that a test changes while it is asked.
class Names {
 public:
  void set(const std::string& endpoint, base::OrError<Addresses> answer) {
    const std::lock_guard lock(mutex_);
    answers_.insert_or_assign(endpoint, std::move(answer));
  }
  base::OrError<Addresses> ask(const std::string& endpoint) {
    const std::lock_guard lock(mutex_);
    ++asked_;
    return answers_.at(endpoint);
  }
  [[nodiscard]] unsigned asked() const { return asked_; }

 private:
  std::mutex mutex_;
  std::map<std::string, base::OrError<Addresses>> answers_;  // guarded by mutex_
  std::atomic<unsigned> asked_{0};
};

class ResolverTest : public testing::Test {
 protected:
  Resolver resolver(Addresses endpoints) {
    return Resolver(std::move(endpoints), wakeup_,
                    [names = names_](const std::string& endpoint) { return names->ask(endpoint); },
                    {.usual = 1ms, .after_failure = 1ms});
  }
  // The next news; nothing if none comes.
  static Addresses next(Resolver& resolver) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < end) {
      if (auto news = resolver.take()) return *news;
      std::this_thread::yield();
    }
    return {};
  }
  void wait_until_asked(unsigned times) const {
    const unsigned goal = names_->asked() + times;
    while (names_->asked() < goal) std::this_thread::yield();
  }

  base::Wakeup wakeup_;
  // The resolver's thread may outlive its resolver.
  std::shared_ptr<Names> names_ = std::make_shared<Names>();
};

TEST_F(ResolverTest, GivesEveryAddressOfEveryNameOnce) {
  names_->set("a", Addresses{"tcp://10.0.0.2:1", "tcp://10.0.0.1:1"});
  names_->set("b", Addresses{"tcp://10.0.0.1:1", "tcp://10.0.0.3:1"});
  Resolver all = resolver({"a", "b"});
  EXPECT_EQ(next(all), (Addresses{"tcp://10.0.0.1:1", "tcp://10.0.0.2:1", "tcp://10.0.0.3:1"}));
}

TEST_F(ResolverTest, LooksAgainAndTellsOnlyWhatChanged) {
  names_->set("a", Addresses{"one"});
  Resolver all = resolver({"a"});
  EXPECT_EQ(next(all), Addresses{"one"});
  wait_until_asked(3);
  EXPECT_FALSE(all.has_news());
  names_->set("a", Addresses{"one", "two"});
  EXPECT_EQ(next(all), (Addresses{"one", "two"}));
  names_->set("a", Addresses{"two"});
  EXPECT_EQ(next(all), Addresses{"two"});
}

TEST_F(ResolverTest, ANameThatCannotBeLookedUpKeepsTheAddressesThatItHad) {
  names_->set("a", Addresses{"one"});
  names_->set("b", base::error("no such name"));
  Resolver all = resolver({"a", "b"});
  EXPECT_EQ(next(all), Addresses{"one"});
  names_->set("a", base::error("no such name"));
  wait_until_asked(4);
  EXPECT_FALSE(all.has_news());
  names_->set("b", Addresses{"two"});
  EXPECT_EQ(next(all), (Addresses{"one", "two"}));
}

TEST_F(ResolverTest, EndsWithoutWaitingForALookup) {
  std::promise<void> asked;
  auto release = std::make_shared<std::promise<void>>();
  auto released = release->get_future().share();
  {
    const Resolver slow({"a"}, wakeup_,
                        [&asked, released](const std::string&) -> base::OrError<Addresses> {
                          asked.set_value();
                          released.wait();
                          return Addresses{"late"};
                        },
                        {});
    asked.get_future().wait();
  }  // ends, though nobody has answered yet
  release->set_value();
}

}  // namespace
}  // namespace sealbus::delivery
