#include "common/bus/publisher.hpp"

#include <optional>

#include <gtest/gtest.h>

#include "common/bus/subscriber.hpp"
#include "tests/unit/common/bus/bus_fixture.hpp"

namespace sealbus::bus {
namespace {

using test::RawPeer;
using test::texts;
using Conduct = Publisher::Conduct;
using Texts = std::vector<std::string>;

// One thread plays both ends.
class PublisherTest : public testing::Test {
 protected:
  PublisherTest() { options.endpoint = "tcp://127.0.0.1:0"; }

  void bind() {
    auto bound = Publisher::bind(context, options);
    ASSERT_TRUE(bound) << bound.error().message;
    publisher.emplace(std::move(*bound));
  }
  Subscriber subscriber(std::vector<std::string> topics, int high_water = 100) {
    SubscriberOptions wanted;
    wanted.topics = std::move(topics);
    wanted.receive_high_water = high_water;
    return std::move(*Subscriber::open(context, publisher->endpoint(), wanted));
  }
  [[nodiscard]] bool publish(std::string_view topic, std::string_view payload = "x") {
    return publisher->publish({base::as_bytes(topic), base::as_bytes(payload)});
  }

  // Turns until it holds; false when it never did.
  static bool until(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + test::kPatience;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool until_audience(std::size_t size) {
    return until([&] {
      EXPECT_EQ(publisher->hear(), Conduct::good);
      return publisher->audience() == size;
    });
  }
  bool until_overrun() {
    return until([&] { return publisher->hear() == Conduct::overrun; });
  }
  // Publishes until it comes: a subscription counts from when it has arrived.
  Texts first(Subscriber& subscriber, std::string_view topic) {
    Texts found;
    until([&] {
      EXPECT_EQ(publisher->hear(), Conduct::good);
      static_cast<void>(publish(topic));  // where little may lie unread, one may be too many
      const auto received = subscriber.receive();
      if (received) found = texts(std::get<Message>(*received));
      return !found.empty();
    });
    return found;
  }

  Context context;
  PublisherOptions options;
  std::optional<Publisher> publisher;
};

TEST_F(PublisherTest, SendsACopyToEachThatSubscribedToTheBeginningOfTheTopic) {
  bind();
  Subscriber orders = subscriber({"orders."});
  Subscriber all = subscriber({""});
  Subscriber users = subscriber({"users.", "accounts."});
  EXPECT_EQ(first(orders, "orders.OrderPlaced"), (Texts{"orders.OrderPlaced", "x"}));
  EXPECT_EQ(first(all, "orders.OrderPlaced"), (Texts{"orders.OrderPlaced", "x"}));
  EXPECT_EQ(first(users, "accounts.Opened"), (Texts{"accounts.Opened", "x"}));
  EXPECT_EQ(publisher->audience(), 3U);
  // What came to `users` is all that it asked for.
  while (const auto more = users.receive()) {
    EXPECT_EQ(texts(std::get<Message>(*more)).front(), "accounts.Opened");
  }
}

TEST_F(PublisherTest, TellsOfConnectionsThatComeAndGo) {
  bind();
  EXPECT_EQ(publisher->audience(), 0U);
  std::optional<Subscriber> one(subscriber({"a"}));
  const Subscriber other = subscriber({"a"});
  EXPECT_TRUE(until_audience(2));
  EXPECT_TRUE(until([&] { return one->next_change() == Subscriber::Change::connected; }));
  one.reset();
  EXPECT_TRUE(until_audience(1));
}

TEST_F(PublisherTest, ASubscriberComesBackByItselfAndSubscribesAgain) {
  bind();
  options.endpoint = publisher->endpoint();
  Subscriber listener = subscriber({"a"});
  EXPECT_FALSE(first(listener, "a").empty());
  publisher.reset();
  ASSERT_TRUE(until([&] {
    auto again = Publisher::bind(context, options);  // the port may be closing still
    if (again) publisher.emplace(std::move(*again));
    return publisher.has_value();
  }));
  // With unread messages up to its bound it would not see the end.
  EXPECT_TRUE(until([&] {
    while (listener.receive()) {
    }
    return listener.next_change() == Subscriber::Change::disconnected;
  }));
  EXPECT_FALSE(first(listener, "a").empty());
}

TEST_F(PublisherTest, KeepsNoMoreUnreadThanItsBoundHoweverLittleIsRead) {
  options.most_unread = base::ByteCount{4'194'304};
  bind();
  RawPeer asleep(publisher->endpoint());
  asleep.shake_hands({}, "SUB");
  asleep.send_frame("\x01");
  ASSERT_TRUE(until_audience(1));
  const std::string payload(262'144, 'x');
  std::size_t refused = 0;
  EXPECT_TRUE(until([&] {
    EXPECT_EQ(publisher->hear(), Conduct::good);
    if (!publish("a", payload)) ++refused;
    EXPECT_LE(publisher->unread(), options.most_unread);
    return refused == 3;
  }));
  asleep.reset();
  EXPECT_TRUE(until_audience(0));
  EXPECT_TRUE(until([&] {
    static_cast<void>(publisher->hear());
    return publisher->unread().value == 0;
  })) << "what lay unread goes with whom it was for";
  EXPECT_TRUE(publish("a", payload));
}

TEST_F(PublisherTest, SendsASingleMessageThatIsLargerThanTheBound) {
  options.most_unread = base::ByteCount{1'000};
  bind();
  Subscriber listener = subscriber({"a"});
  EXPECT_FALSE(first(listener, "a").empty());
  ASSERT_TRUE(until([&] { return publisher->unread().value == 0; }));
  EXPECT_TRUE(publish("a", std::string(5'000, 'x')));
}

TEST_F(PublisherTest, CountsNothingThatNobodySubscribedTo) {
  bind();
  const Subscriber listener = subscriber({"b"});
  ASSERT_TRUE(until_audience(1));
  EXPECT_TRUE(publish("a", std::string(5'000, 'x')));
  EXPECT_EQ(publisher->unread().value, 0U);
}

TEST_F(PublisherTest, EndsWithWhoeverAnnouncesATooLongSubscription) {
  options.longest_subscription = base::ByteCount{100};
  bind();
  RawPeer peer(publisher->endpoint());
  peer.shake_hands({}, "SUB");
  peer.send_frame("\x01" + std::string(99, 'x'));
  ASSERT_TRUE(until_audience(1));
  peer.announce_frame(101);
  EXPECT_TRUE(peer.closed_by_other_end());
  EXPECT_TRUE(until_audience(0));
}

TEST_F(PublisherTest, IsNotHarmedByWhoeverSpeaksSomethingElse) {
  bind();
  RawPeer peer(publisher->endpoint());
  peer.send("GET / HTTP/1.1\r\n\r\n" + std::string(200, 'x'));
  Subscriber listener = subscriber({"a"});
  EXPECT_FALSE(first(listener, "a").empty());
}

// Each alone, whatever the subscriber says: new subscriptions, one again and again, the ends of
// subscriptions that never were, and what is none at all.
class Flood : public PublisherTest, public testing::WithParamInterface<std::string> {};

TEST_P(Flood, IsAnOverrun) {
  options.most_said = base::ByteCount{10'000};
  bind();
  RawPeer peer(publisher->endpoint());
  peer.shake_hands({}, "SUB");
  ASSERT_TRUE(until_audience(1));
  bool overrun = false;
  for (int i = 0; i < 1'000 && !overrun; ++i) {
    peer.send_frame(GetParam().front() == 'n' ? "\x01" + std::to_string(i) : GetParam());
    overrun = publisher->hear() == Conduct::overrun;
  }
  EXPECT_TRUE(overrun || until_overrun());
}

INSTANTIATE_TEST_SUITE_P(OfAnything, Flood,
                         testing::Values("new", "\x01same", std::string(1, '\0') + "never",
                                         "\x05hello"));

TEST_F(PublisherTest, ForgetsWhatWasSaidWhenNobodyIsLeft) {
  options.most_said = base::ByteCount{200};
  bind();
  for (int i = 0; i < 20; ++i) {
    std::optional<Subscriber> listener(subscriber({"twenty bytes of them"}));
    EXPECT_FALSE(first(*listener, "twenty bytes of them").empty());
    listener.reset();
    ASSERT_TRUE(until_audience(0)) << i;
  }
}

TEST_F(PublisherTest, TooManySubscribersAreAnOverrun) {
  options.most_subscribers = 2;
  bind();
  const Subscriber one = subscriber({"a"});
  const Subscriber two = subscriber({"a"});
  EXPECT_TRUE(until_audience(2));
  const Subscriber three = subscriber({"a"});
  EXPECT_TRUE(until_overrun());
}

}  // namespace
}  // namespace sealbus::bus
