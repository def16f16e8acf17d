#include "common/base/mailbox.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <memory>
#include <thread>

#include "ring_harness.hpp"

namespace gyre {
namespace {

using Text = std::unique_ptr<std::string>;  // moves, and is not copied

Text text(const char* words) {
  return std::make_unique<std::string>(words);
}

TEST(Mailbox, KeepsOrderAndIsTakenWhole) {
  Mailbox<Text> box({.count_max = 10, .size_max = 100});
  std::vector<Text> out;
  EXPECT_FALSE(box.take(out));
  for (const char* words : {"one", "two", "three"}) EXPECT_TRUE(box.post(text(words), 1).accepted);
  EXPECT_TRUE(box.take(out));
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(*out[0], "one");
  EXPECT_EQ(*out[2], "three");
  out.clear();
  EXPECT_FALSE(box.take(out));
}

TEST(Mailbox, OnlyTheFirstWakesTheOwner) {
  Mailbox<Text> box({.count_max = 10, .size_max = 100});
  EXPECT_FALSE(box.post(text("before the owner is there"), 1).to_wake);
  box.open(7);
  std::vector<Text> out;
  EXPECT_TRUE(box.take(out));
  out.clear();
  EXPECT_EQ(box.post(text("first"), 1).to_wake, 7);
  EXPECT_FALSE(box.post(text("second"), 1).to_wake);
  EXPECT_FALSE(box.post_always(text("third"), 1).to_wake);
  EXPECT_TRUE(box.take(out));
  EXPECT_EQ(out.size(), 3U);
  out.clear();
  EXPECT_EQ(box.post_always(text("first again"), 1).to_wake, 7);
}

TEST(Mailbox, BoundsTheNumberOfMessages) {
  Mailbox<Text> box({.count_max = 2, .size_max = 100});
  EXPECT_TRUE(box.post(text("1"), 0).accepted);
  EXPECT_TRUE(box.post(text("2"), 0).accepted);
  Text refused = text("3");
  const Posted posted = box.post(std::move(refused), 0);
  EXPECT_FALSE(posted.accepted);
  EXPECT_FALSE(posted.to_wake);
  EXPECT_EQ(*refused, "3") << "the caller keeps it";
  EXPECT_TRUE(box.post_always(text("4"), 0).accepted);
  std::vector<Text> out;
  EXPECT_TRUE(box.take(out));
  EXPECT_EQ(out.size(), 3U);
  EXPECT_TRUE(box.post(text("5"), 0).accepted) << "the queue has space again";
}

TEST(Mailbox, BoundsTheNumberOfBytes) {
  Mailbox<Text> box({.count_max = 100, .size_max = 10});
  EXPECT_FALSE(box.post(text("longer than ever fits"), 11).accepted);
  EXPECT_TRUE(box.post(text("a"), 6).accepted);
  EXPECT_FALSE(box.post(text("b"), 5).accepted);
  EXPECT_TRUE(box.post(text("c"), 4).accepted);
  EXPECT_TRUE(box.post_always(text("d"), 50).accepted);
  EXPECT_FALSE(box.post(text("e"), 1).accepted);
  EXPECT_TRUE(box.post(text("f"), 0).accepted) << "an empty message takes no space";
  std::vector<Text> out;
  EXPECT_TRUE(box.take(out));
  EXPECT_TRUE(box.post(text("g"), 10).accepted);
}

// Workers that sleep in their rings and post to each other: nothing is lost, the order of each
// poster is kept, and nobody sleeps forever.
struct Numbered {
  std::size_t from;
  std::size_t number;
};
constexpr std::size_t worker_count = 3;
constexpr std::size_t each_sends = 2000;
constexpr std::uint64_t woken_token = 1;
constexpr std::uint64_t wake_token = 2;

struct Shared {
  Shared() {
    for (std::size_t i = 0; i < worker_count; ++i) {
      boxes.push_back(
          std::make_unique<Mailbox<Numbered>>(MailboxLimits{.count_max = 50, .size_max = 1 << 20}));
    }
  }
  std::vector<std::unique_ptr<Mailbox<Numbered>>> boxes;
  std::barrier<> all{worker_count};
};

class TalkingWorker {
 public:
  TalkingWorker(Shared& shared, std::size_t self)
      : shared_(shared), self_(self), sent_(worker_count), received_(worker_count) {
    shared.boxes[self]->open(ring_.id());
  }

  void run() {
    shared_.all.arrive_and_wait();
    while (!is_done()) {
      send_some();
      // A refused poster retries soon; an idle one sleeps until woken.
      const std::uint64_t sleep_ns = has_sent_all() ? ring::test::patience_ns : 100'000;
      ASSERT_TRUE(ring_.wait(is_done() ? 0 : sleep_ns));
      for (const ring::Completion& completion : ring_.take_completions()) {
        ASSERT_EQ(completion.token, woken_token) << completion.result;
      }
      take();
    }
    shared_.all.arrive_and_wait();  // before any ring goes
  }

 private:
  bool has_sent_all() const { return std::ranges::count(sent_, each_sends) == worker_count - 1; }
  bool is_done() const {
    return has_sent_all() && std::ranges::count(received_, each_sends) == worker_count - 1;
  }
  void send_some() {
    for (std::size_t to = 0; to < worker_count; ++to) {
      for (int i = 0; to != self_ && sent_[to] < each_sends && i < 20; ++i) {
        const Posted posted = shared_.boxes[to]->post({self_, sent_[to]}, 8);
        if (!posted.accepted) break;
        ++sent_[to];
        if (posted.to_wake) ring_.send_message(*posted.to_wake, woken_token, wake_token);
      }
    }
  }
  void take() {
    if (!shared_.boxes[self_]->take(messages_)) return;
    for (const Numbered& message : messages_) {
      ASSERT_EQ(message.number, received_[message.from]++);
    }
    messages_.clear();
  }

  Shared& shared_;
  std::size_t self_;
  ring::Ring ring_ = ring::test::make_ring({}, {});
  std::vector<std::size_t> sent_;
  std::vector<std::size_t> received_;
  std::vector<Numbered> messages_;
};

TEST(MailboxThreads, WakesSleepingWorkers) {
  Shared shared;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < worker_count; ++i) {
    threads.emplace_back([&shared, i] { TalkingWorker(shared, i).run(); });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace gyre
