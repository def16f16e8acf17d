// The relayed offers that can still be answered: for each, who received it and who made it. Times
// are arguments.
//
// An offer is remembered for one to two times `age_max`, or until it is answered; if there are too
// many, the older ones are forgotten. It takes 16 bytes: a hash, keyed with the swarms' secret, of
// who may answer what, and the peer that gets the answer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "common/base/open_table.hpp"
#include "common/base/sip_hash.hpp"
#include "ws/swarms.hpp"

namespace gyre::ws {

class ExpectedAnswers {
 public:
  // How many offers fit into `memory` bytes.
  static std::uint32_t count_in(std::size_t memory) {
    constexpr std::size_t size = 24;  // per offer, in a table that is at most three quarters full
    return static_cast<std::uint32_t>(std::min(memory / size, std::size_t{1} << 22));
  }

  // `count_max`: in both tables together.
  ExpectedAnswers(const SipKey& secret, Seconds age_max, std::uint32_t count_max)
      : secret_(secret), age_max_(age_max), count_max_(count_max) {}

  // `offerer_id` is the offerer's peer_id. If the offer is known already, it keeps its first
  // offerer.
  void add(PeerHandle answerer, const PeerId& offerer_id, std::string_view offer_id,
           PeerHandle offerer, Seconds now);

  // Removes the offer that this is an answer to, and returns its offerer, who may be gone.
  std::optional<PeerHandle> take(PeerHandle answerer, const PeerId& offerer_id,
                                 std::string_view offer_id, Seconds now);

  // Forgets offers that are too old, as add() and take() do, too. REQUIRES: `now` never decreases.
  void age(Seconds now);

  std::size_t count() const { return newer_->size() + older_->size(); }

 private:
  struct Item {
    static constexpr TableShape table_shape{
        .slots_min = 64, .fill_max = 75, .fill_min = 0, .growth = 50};
    std::uint64_t key = 0;  // 0: free
    PeerHandle offerer;
    bool is_free() const { return key == 0; }
  };
  using Table = OpenTable<Item>;

  static std::uint32_t hash_of(const Item& item) {
    return static_cast<std::uint32_t>(item.key >> 32);
  }
  std::uint64_t key_of(PeerHandle answerer, const PeerId& offerer_id,
                       std::string_view offer_id) const;
  static Item* find(Table& table, std::uint64_t key);

  SipKey secret_;
  Seconds age_max_;
  std::uint32_t count_max_;
  std::unique_ptr<Table> newer_ = std::make_unique<Table>();
  std::unique_ptr<Table> older_ = std::make_unique<Table>();
  Seconds newer_began_ = 0;
};

}  // namespace gyre::ws
