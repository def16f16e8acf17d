// The index against the list of hashes that it is over, up to its capacity.
#include "common/swarm/peer_index.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "common/base/random.hpp"
#include "tests/support/scale.hpp"

namespace gyre::swarm {
namespace {

using HashMaker = std::uint32_t (*)(Random&);

std::uint32_t spread(Random& random) {
  return static_cast<std::uint32_t>(random.next());
}
std::uint32_t few(Random& random) {  // and so each of them for many
  return random.below(7) * 613'566'000;
}
std::uint32_t at_the_end(Random& random) {  // around which the runs go
  return ~(spread(random) >> 12);
}
std::uint32_t crowded_end(Random& random) {
  return random.below(4) == 0 ? ~(spread(random) >> 14) : spread(random);
}

using Cells = std::vector<PeerIndex::Cell>;

Cells empty_cells(std::uint32_t capacity) {
  return Cells(PeerIndex::cell_count(capacity), PeerIndex::empty);
}

class Run {
 public:
  Run(std::uint32_t capacity, HashMaker make_hash, std::uint64_t seed)
      : cells_(empty_cells(capacity)), capacity_(capacity), make_hash_(make_hash), random_(seed) {}

  void fill() {
    while (hashes_.size() < capacity_) insert();
  }
  void operate_once() {
    const std::uint32_t kind = random_.below(8);
    if (kind == 0 && !hashes_.empty()) {
      exchange(random_position(), random_position());
    } else if (hashes_.empty() || (kind < 4 && hashes_.size() < capacity_)) {
      insert();
    } else {
      erase(random_position());
    }
  }
  void empty() {
    while (!hashes_.empty()) erase(random_position());
    check_hash(make_hash_(random_));
  }

  // One search comes by every position of its hash once, and by none that is not in the list.
  void check_hash(std::uint32_t hash) {
    std::vector<std::uint32_t> visits(hashes_.size());
    const auto found = index_.find(hash, [&](std::uint32_t position) {
      EXPECT_LT(position, visits.size());
      if (position < visits.size()) ++visits[position];
      return false;
    });
    ASSERT_EQ(found, std::nullopt);
    for (std::uint32_t position = 0; position < visits.size(); ++position) {
      ASSERT_LE(visits[position], 1U) << position;
      ASSERT_TRUE(visits[position] == 1 || hashes_[position] != hash) << position;
    }
  }
  void check_position(std::uint32_t wanted) {
    const auto is_it = [wanted](std::uint32_t position) { return position == wanted; };
    ASSERT_EQ(index_.find(hashes_[wanted], is_it), wanted);
  }
  void check_all() {
    for (std::uint32_t position = 0; position < hashes_.size(); ++position) {
      check_position(position);
    }
    if (!hashes_.empty()) check_hash(hashes_[random_position()]);
    index_.check_invariants(static_cast<std::uint32_t>(hashes_.size()),
                            [this](std::uint32_t position) { return hashes_[position]; });
  }

 private:
  std::uint32_t random_position() {
    return random_.below(static_cast<std::uint32_t>(hashes_.size()));
  }
  void insert() {
    const std::uint32_t hash = make_hash_(random_);
    index_.insert(hash, static_cast<std::uint32_t>(hashes_.size()));
    hashes_.push_back(hash);
  }
  // The last one takes the place of the erased one, as in a list.
  void erase(std::uint32_t position) {
    index_.erase(hashes_[position], position, [this](std::uint32_t at) { return hashes_[at]; });
    const auto last = static_cast<std::uint32_t>(hashes_.size() - 1);
    if (position != last) index_.move(hashes_[last], last, position);
    hashes_[position] = hashes_[last];
    hashes_.pop_back();
  }
  void exchange(std::uint32_t one, std::uint32_t other) {
    if (one == other) return;
    index_.move(hashes_[one], one, other);
    index_.move(hashes_[other], other, one);
    std::swap(hashes_[one], hashes_[other]);
  }

  Cells cells_;
  std::uint32_t capacity_;
  PeerIndex index_{cells_.data(), capacity_};
  HashMaker make_hash_;
  Random random_;
  std::vector<std::uint32_t> hashes_;  // by position
};

void run(std::uint32_t capacity, HashMaker make_hash, std::size_t operation_count,
         std::uint32_t check_interval) {
  SCOPED_TRACE(capacity);
  Run run(capacity, make_hash, capacity);
  run.fill();
  run.check_all();
  for (std::size_t i = 0; i < operation_count; ++i) {
    run.operate_once();
    if (i % check_interval == 0) run.check_all();
    if (testing::Test::HasFatalFailure()) return;
  }
  run.empty();
}

// A byte of 1 for each cell that is equal, by looking one by one.
std::uint64_t equal_one_by_one(const std::uint16_t* cells, std::uint16_t value,
                               std::uint16_t mask) {
  std::uint64_t equal = 0;
  for (std::uint32_t i = 0; i < CellSet::cells; ++i) {
    if ((cells[i] & mask) == value) equal |= std::uint64_t{1} << (8 * i);
  }
  return equal;
}

std::uint64_t bytes_of(CellSet set) {
  std::uint64_t bytes = 0;
  for (; !set.is_empty(); set = set.without_first()) {
    bytes |= std::uint64_t{1} << (8 * set.first());
  }
  return bytes;
}

TEST(CellSet, HasWhatLookingOneByOneFinds) {
  Random random(1);
  std::array<std::uint16_t, CellSet::cells + 1> cells{};
  for (int round = 0; round < 100'000; ++round) {
    // Few values, so that many are equal, with the highest and lowest bits among them.
    for (auto& cell : cells) {
      cell = static_cast<std::uint16_t>(random.below(3) << 15 | random.below(3));
      if (random.below(4) == 0) cell = PeerIndex::empty;
    }
    const auto mask = static_cast<std::uint16_t>(random.below(2) == 0 ? 0xffff : 0x8001);
    const auto value = static_cast<std::uint16_t>(cells[random.below(8)] & mask);
    const std::uint16_t* const begin = cells.data() + random.below(2);  // at any address
    const CellSet equals = CellSet::equal(begin, value, mask);
    const CellSet empties = CellSet::equal(begin, PeerIndex::empty);
    ASSERT_EQ(bytes_of(equals), equal_one_by_one(begin, value, mask));
    ASSERT_EQ(bytes_of(empties), equal_one_by_one(begin, PeerIndex::empty, 0xffff));
    const std::uint64_t before_first =
        empties.is_empty() ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * empties.first())) - 1;
    ASSERT_EQ(bytes_of(equals.before(empties)), bytes_of(equals) & before_first);
  }
}

TEST(PeerIndex, EveryPositionIsFoundAfterEachChange) {
  for (const HashMaker make_hash : {spread, few, at_the_end, crowded_end}) {
    for (const std::uint32_t capacity : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 15U, 16U, 31U, 33U, 64U}) {
      run(capacity, make_hash, test::scaled(5'000), 1);
    }
    run(255, make_hash, test::scaled(4'000), make_hash == spread ? 1 : 20);
  }
}

// At each number of bits that a position takes, with one position less, more, or just as many.
TEST(PeerIndex, EveryPositionIsFoundUpToTheLargestCapacity) {
  for (std::uint32_t bits = 8; bits <= 15; ++bits) {
    for (const std::uint32_t capacity : {(1U << bits) - 1, 1U << bits, (1U << bits) + 1}) {
      run(capacity, spread, test::scaled(20'000), 10'000);
    }
  }
  run(PeerIndex::capacity_max, spread, test::scaled(200'000), 100'000);
  run(3'000, crowded_end, test::scaled(2'000), 1'000);
}

// The share of strangers' searches that have to read a peer, which is what the tags are for.
TEST(PeerIndex, OtherPeersAreSeldomRead) {
  struct Case {
    std::uint32_t capacity;
    double read_max;  // for each search; of about 23 cells, without tags
  };
  for (const Case& row : {Case{33, 0.1}, {255, 0.2}, {1023, 0.7}, {4095, 2.5}}) {
    Cells cells = empty_cells(row.capacity);
    PeerIndex index(cells.data(), row.capacity);
    Random random(row.capacity);
    for (std::uint32_t position = 0; position < row.capacity; ++position) {
      index.insert(spread(random), position);
    }
    std::uint32_t read_count = 0;
    constexpr std::uint32_t search_count = 20'000;
    for (std::uint32_t i = 0; i < search_count; ++i) {
      index.find(spread(random), [&read_count](std::uint32_t) {
        ++read_count;
        return false;
      });
    }
    EXPECT_LT(1.0 * read_count / search_count, row.read_max) << row.capacity;
    EXPECT_GT(read_count, 0U) << "so it is measured";
  }
}

TEST(PeerIndex, WithoutCapacityIsForNoPosition) {
  Cells cells = empty_cells(0);
  const PeerIndex index(cells.data(), 0);
  for (const std::uint32_t hash : {0U, 1U, 0xffff'ffffU}) {
    EXPECT_EQ(index.find(hash, [](std::uint32_t) { return true; }), std::nullopt);
  }
}

}  // namespace
}  // namespace gyre::swarm
