#include "ws/expected_answers.hpp"

#include <sodium.h>

#include <array>
#include <cstring>
#include <utility>

#include "common/base/check.hpp"

namespace gyre::ws {

static_assert(sizeof(SipKey) == crypto_shorthash_KEYBYTES);

// Never 0, which marks free slots.
std::uint64_t ExpectedAnswers::key_of(PeerHandle answerer, const PeerId& offerer_id,
                                      std::string_view offer_id) const {
  std::array<std::byte, 8 + sizeof(PeerHandle) + sizeof(PeerId)> key;
  crypto_shorthash(reinterpret_cast<unsigned char*>(key.data()),
                   reinterpret_cast<const unsigned char*>(offer_id.data()), offer_id.size(),
                   reinterpret_cast<const unsigned char*>(secret_.data()));
  std::memcpy(key.data() + 8, &answerer, sizeof answerer);
  std::memcpy(key.data() + 8 + sizeof answerer, &offerer_id, sizeof offerer_id);
  return keyed_hash(secret_, std::span(std::as_const(key))) | 1;
}

ExpectedAnswers::Item* ExpectedAnswers::find(Table& table, std::uint64_t key) {
  return table.find(hash_of({.key = key, .offerer = {}}),
                    [key](const Item& item) { return item.key == key; });
}

void ExpectedAnswers::age(Seconds now) {
  DCHECK(now >= newer_began_);
  const bool is_old = now - newer_began_ >= age_max_;
  if (!is_old && newer_->size() < count_max_ / 2) return;
  const bool both_are_old = now - newer_began_ >= 2 * age_max_;
  older_ = both_are_old ? std::make_unique<Table>() : std::move(newer_);
  newer_ = std::make_unique<Table>();
  newer_began_ = now;
}

void ExpectedAnswers::add(PeerHandle answerer, const PeerId& offerer_id, std::string_view offer_id,
                          PeerHandle offerer, Seconds now) {
  age(now);
  const Item item{.key = key_of(answerer, offerer_id, offer_id), .offerer = offerer};
  if (find(*newer_, item.key) != nullptr) return;
  newer_->insert(hash_of(item), item, hash_of);
}

std::optional<PeerHandle> ExpectedAnswers::take(PeerHandle answerer, const PeerId& offerer_id,
                                                std::string_view offer_id, Seconds now) {
  age(now);
  const std::uint64_t key = key_of(answerer, offerer_id, offer_id);
  for (Table* table : {newer_.get(), older_.get()}) {
    Item* item = find(*table, key);
    if (item == nullptr) continue;
    const PeerHandle offerer = item->offerer;
    table->erase(*item, hash_of);
    return offerer;
  }
  return std::nullopt;
}

}  // namespace gyre::ws
