#include "sidecar/delivery/tap.hpp"

#include <functional>
#include <optional>

#include <gtest/gtest.h>

#include "common/bus/subscriber.hpp"
#include "common/identity/auth_context.hpp"
#include "common/tap/message.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/sidecar/ingress/identities.hpp"

namespace sealbus::delivery {
namespace {

using base::Refusal;
using ingress::test_identity::user;

constexpr std::chrono::seconds kLongest{20};

// A tap, a subscriber to everything, and a clock that is turned by hand.
class TapTest : public testing::Test {
 protected:
  TapTest() {
    options_.publisher.endpoint = "tcp://127.0.0.1:0";
    options_.service = "users";
    header_.type = envelope::MessageType::message;
    header_.contract = "CreateUser";
    header_.kind = "command";
    header_.correlation_id = "req-1";
    header_.path = "/api/create-user";
  }
  void open() {
    tap_.emplace(options_, context_, poller_, clock_);
    const auto opened = tap_->open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  bus::Subscriber subscriber(std::vector<std::string> topics = {""}) {
    bus::SubscriberOptions wanted;
    wanted.topics = std::move(topics);
    return std::move(*bus::Subscriber::open(context_, tap_->endpoint(), wanted));
  }
  static bool until(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + kLongest;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
  // What the subscriber is sent first when this is done again and again.
  bus::Message first(bus::Subscriber& subscriber, const std::function<void()>& act) {
    bus::Message found;
    EXPECT_TRUE(until([&] {
      tap_->advance();
      act();
      auto received = subscriber.receive();
      if (received) found = std::move(std::get<bus::Message>(*received));
      return received.has_value();
    }));
    return found;
  }
  void deliver(std::string_view payload = "x") {
    tap_->delivered(header_, user(clock_, "ada", "users:create"), base::as_bytes(payload));
  }

  static base::Result<tap::Message> read(const bus::Message& message) {
    static std::vector<base::ByteView> views;
    views.clear();
    for (const bus::Frame& frame : message) views.push_back(frame.view());
    return tap::decode(views);
  }

  test::ManualClock clock_;
  bus::Context context_;
  base::Wakeup wakeup_;
  bus::Poller poller_{wakeup_};
  Tap::Options options_;
  envelope::Header header_;
  std::optional<Tap> tap_;
};

TEST_F(TapTest, DoesNothingWithoutAnAddress) {
  options_.publisher.endpoint.clear();
  open();
  EXPECT_FALSE(tap_->exists());
  EXPECT_EQ(tap_->endpoint(), "");
  tap_->advance();
  deliver();
  tap_->refused(header_, Refusal::expired);
  EXPECT_EQ(tap_->lost(), 0U);
}

TEST_F(TapTest, SaysWhereItCannotListen) {
  options_.publisher.endpoint = "ipc:///proc/no/such/place";
  tap_.emplace(options_, context_, poller_, clock_);
  EXPECT_FALSE(tap_->open());
}

TEST_F(TapTest, PublishesWhatWasDeliveredUnderItsFullName) {
  open();
  bus::Subscriber listener = subscriber({"users."});
  const bus::Message frames = first(listener, [&] { deliver("{}"); });
  const auto message = read(frames);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->delivered());
  EXPECT_EQ(message->subject.contract, "users.CreateUser");
  EXPECT_EQ(message->subject.time, clock_.wall());
  EXPECT_EQ(message->user, "ada");
  EXPECT_EQ(message->request.path, "/api/create-user");
  EXPECT_EQ(base::as_text(message->payload), "{}");
}

TEST_F(TapTest, AnEventHasItsServiceInItsNameAlready) {
  open();
  header_.contract = "orders.OrderPlaced";
  header_.kind = "event";
  bus::Subscriber listener = subscriber();
  const bus::Message frames = first(listener, [&] { deliver(); });
  EXPECT_EQ(base::as_text(frames[0].view()), "orders.OrderPlaced");
}

TEST_F(TapTest, PublishesARefusedMessageWithoutWhatCouldBeActedUpon) {
  open();
  const base::Bytes auth = identity::encode(user(clock_, "eve", "a").context());
  header_.auth = auth;
  bus::Subscriber listener = subscriber({"!refused."});
  const bus::Message frames =
      first(listener, [&] { tap_->refused(header_, Refusal::permission_denied); });
  EXPECT_EQ(frames.size(), 2U);
  const auto message = read(frames);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->decision, "permission_denied");
  EXPECT_EQ(message->user, "eve");
  EXPECT_EQ(message->subject.contract, "users.CreateUser");
}

TEST_F(TapTest, ARefusedMessageWhoseAuthContextIsMalformedHasNoUser) {
  open();
  const base::Bytes auth(3, std::byte{0xff});
  header_.auth = auth;
  bus::Subscriber listener = subscriber();
  const bus::Message frames =
      first(listener, [&] { tap_->refused(header_, Refusal::malformed_header); });
  const auto message = read(frames);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->user, "");
}

TEST_F(TapTest, PublishesNoPayloadBeyondItsBound) {
  open();
  bus::Subscriber listener = subscriber();
  first(listener, [&] { deliver(); });
  EXPECT_TRUE(Tap::takes(tap::kMostPayload));
  EXPECT_FALSE(Tap::takes({tap::kMostPayload.value + 1}));
  deliver(std::string(tap::kMostPayload.value, 'x'));
  EXPECT_EQ(tap_->lost(), 0U);
  deliver(std::string(tap::kMostPayload.value + 1, 'x'));
  EXPECT_EQ(tap_->lost(), 1U);
}

TEST_F(TapTest, CountsWhatNobodyGetsAndSendsEverybodyAwayWhoDoesNotRead) {
  options_.publisher.most_unread = base::ByteCount{2'000'000};
  open();
  bus::SubscriberOptions sleepy;
  sleepy.topics = {""};
  sleepy.receive_high_water = 1;
  std::optional<bus::Subscriber> asleep(
      std::move(*bus::Subscriber::open(context_, tap_->endpoint(), sleepy)));
  const std::string payload(100'000, 'x');
  ASSERT_TRUE(until([&] {
    tap_->advance();
    deliver(payload);
    return tap_->lost() >= 3;
  }));
  const auto lost_with_one_more = [&] {
    tap_->advance();
    const std::uint64_t before = tap_->lost();
    deliver(payload);
    return tap_->lost() - before;
  };
  clock_.advance(Tap::kPatience - std::chrono::milliseconds(1));
  EXPECT_EQ(lost_with_one_more(), 1U) << "it is still there";
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(lost_with_one_more(), 0U) << "nobody is there";
  EXPECT_TRUE(until([&] {  // it hears of it when it reads
    while (asleep->receive()) {
    }
    return asleep->next_change() == bus::Subscriber::Change::disconnected;
  }));
  asleep.reset();
  bus::Subscriber awake = subscriber();
  clock_.advance(Tap::kPause);
  EXPECT_FALSE(first(awake, [&] {
                 clock_.advance(Tap::kPause);  // the old socket may not have let go of the port
                 deliver();
               }).empty());
}

TEST_F(TapTest, SendsEverybodyAwayWhenOneSaysTooMuchAndListensAgainAtTheSamePlace) {
  options_.publisher.most_said = base::ByteCount{10'000};
  open();
  const std::string before = tap_->endpoint();
  std::vector<std::string> topics;
  for (int i = 0; i < 500; ++i) topics.push_back("topic " + std::to_string(i));
  std::optional<bus::Subscriber> rude(subscriber(topics));
  EXPECT_TRUE(until([&] {
    tap_->advance();
    return rude->next_change() == bus::Subscriber::Change::disconnected;
  }));
  rude.reset();
  deliver();  // to nobody, and does no harm
  bus::Subscriber polite = subscriber();
  EXPECT_FALSE(first(polite, [&] {
                 clock_.advance(Tap::kPause);
                 deliver();
               }).empty());
  EXPECT_EQ(tap_->endpoint(), before);
}

}  // namespace
}  // namespace sealbus::delivery
