// Where in a list of peers a peer is, by its hash: open addressing over cells of 16 bits, linear
// probing, deletion by shifting back. A view of cells that PeerMemory has beside the peers.
//
// A cell has a position and, in the bits that positions do not need, some of the hash, so that
// peers other than the one looked for are seldom read. A search compares eight neighbouring cells
// in one step: how many it has to look at is chance, and each look would be a branch misprediction.
//
// Invariant: every position of the list is in exactly one cell; at most 75 % of the cells are
// taken.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

#include "common/base/check.hpp"
#include "common/base/prefetch.hpp"

namespace gyre::swarm {

// Some of eight cells: a byte of 1 for each of them, the first one in the lowest byte.
class CellSet {
 public:
  static constexpr std::uint32_t cells = 8;

  // Those from `begin` on that are `value` in the bits of `mask`.
  static CellSet equal(const std::uint16_t* begin, std::uint16_t value,
                       std::uint16_t mask = 0xffff) {
    [[gnu::vector_size(16)]] std::uint16_t group;
    std::memcpy(&group, begin, sizeof group);
    const auto equals = (group & mask) == value;  // all bits set, or none
    using Bytes [[gnu::vector_size(8)]] = std::int8_t;
    return CellSet(std::bit_cast<std::uint64_t>(__builtin_convertvector(equals, Bytes)) &
                   0x0101'0101'0101'0101);
  }

  bool is_empty() const { return bytes_ == 0; }
  // REQUIRES: not empty.
  std::uint32_t first() const { return static_cast<std::uint32_t>(std::countr_zero(bytes_)) / 8; }
  CellSet without_first() const { return CellSet(bytes_ & (bytes_ - 1)); }
  // Those before the first of the others; all if there is none.
  CellSet before(CellSet others) const {
    return CellSet(bytes_ & ((others.bytes_ & -others.bytes_) - 1));
  }

 private:
  explicit CellSet(std::uint64_t bytes) : bytes_(bytes) {}

  std::uint64_t bytes_;
};

class PeerIndex {
 public:
  // With all positions below it, the bits of no cell are all set.
  static constexpr std::uint32_t capacity_max = 65'000;

  using Cell = std::uint16_t;
  static constexpr Cell empty = 0xffff;

  // At least one of them is always empty.
  static constexpr std::uint32_t cell_count(std::uint32_t capacity) {
    return capacity * 100 / fill_max + 1;
  }

  // For the positions below `capacity`. The cells are those of an index before, or empty.
  PeerIndex(Cell* cells, std::uint32_t capacity)
      : cells_(cells),
        cell_count_(cell_count(capacity)),
        position_bits_(static_cast<std::uint32_t>(std::bit_width(capacity))) {
    DCHECK(capacity <= capacity_max);
  }

  // The position for which matches(position) is true, among those stored under `hash`; it may be
  // asked about a few others.
  template <class Matches>
  std::optional<std::uint32_t> find(std::uint32_t hash, Matches matches) const {
    const auto tag = static_cast<Cell>(tag_of(hash));
    const std::uint32_t position_mask = (1U << position_bits_) - 1;
    std::uint32_t at = home(hash);
    for (; at + CellSet::cells <= cell_count_; at += CellSet::cells) {
      const CellSet empties = CellSet::equal(&cells_[at], empty);
      CellSet candidates =
          CellSet::equal(&cells_[at], tag, static_cast<Cell>(~position_mask)).before(empties);
      for (; !candidates.is_empty(); candidates = candidates.without_first()) {
        const std::uint32_t position = cells_[at + candidates.first()] & position_mask;
        if (matches(position)) return position;
      }
      if (!empties.is_empty()) return std::nullopt;
    }
    // The last ones, and on from the beginning.
    for (at = at < cell_count_ ? at : 0; cells_[at] != empty; at = next(at)) {
      if ((cells_[at] & ~position_mask) != tag) continue;
      const std::uint32_t position = cells_[at] & position_mask;
      if (matches(position)) return position;
    }
    return std::nullopt;
  }

  void insert(std::uint32_t hash, std::uint32_t position) {
    DCHECK(position >> position_bits_ == 0);
    cells_[find_cell(hash, empty)] = cell_of(hash, position);
  }

  // The peer with that hash is now at `to`. REQUIRES: it was at `from`.
  void move(std::uint32_t hash, std::uint32_t from, std::uint32_t to) {
    cells_[find_cell(hash, cell_of(hash, from))] = cell_of(hash, to);
  }

  // hash_at(position) is the hash of any peer of the list.
  template <class HashAt>
  void erase(std::uint32_t hash, std::uint32_t position, HashAt hash_at) {
    const std::uint32_t position_mask = (1U << position_bits_) - 1;
    std::uint32_t hole = find_cell(hash, cell_of(hash, position));
    for (std::uint32_t from = next(hole); cells_[from] != empty; from = next(from)) {
      // A cell may fill the hole unless its home lies cyclically after the hole.
      const std::uint32_t its_home = home(hash_at(cells_[from] & position_mask));
      if (distance(its_home, from) < distance(hole, from)) continue;
      cells_[hole] = cells_[from];
      hole = from;
    }
    cells_[hole] = empty;
  }

  // That the cells have the positions below `position_count`, each once and under its hash.
  template <class HashAt>
  void check_invariants(std::uint32_t position_count, HashAt hash_at) const {
    std::uint32_t taken = 0;
    for (std::uint32_t at = 0; at < cell_count_; ++at) taken += cells_[at] != empty ? 1 : 0;
    CHECK(taken == position_count && taken < cell_count_);
    for (std::uint32_t position = 0; position < position_count; ++position) {
      const auto is_it = [position](std::uint32_t found) { return found == position; };
      CHECK(find(hash_at(position), is_it) == position);
    }
  }

  void prefetch(std::uint32_t hash) const { gyre::prefetch(&cells_[home(hash)]); }

 private:
  static constexpr std::uint32_t fill_max = 75;  // percent

  std::uint32_t home(std::uint32_t hash) const {
    return static_cast<std::uint32_t>(std::uint64_t{hash} * cell_count_ >> 32);
  }
  std::uint32_t next(std::uint32_t at) const { return at + 1 < cell_count_ ? at + 1 : 0; }
  std::uint32_t distance(std::uint32_t from, std::uint32_t to) const {
    return to >= from ? to - from : to + cell_count_ - from;
  }
  std::uint32_t tag_of(std::uint32_t hash) const { return hash << position_bits_ & 0xffff; }
  Cell cell_of(std::uint32_t hash, std::uint32_t position) const {
    return static_cast<Cell>(tag_of(hash) | position);
  }
  // REQUIRES: a search for that hash comes by such a cell.
  std::uint32_t find_cell(std::uint32_t hash, Cell cell) const {
    std::uint32_t at = home(hash);
    for (; at + CellSet::cells <= cell_count_; at += CellSet::cells) {
      const CellSet found = CellSet::equal(&cells_[at], cell);
      if (!found.is_empty()) return at + found.first();
    }
    at = at < cell_count_ ? at : 0;
    while (cells_[at] != cell) at = next(at);
    return at;
  }

  Cell* cells_;
  std::uint32_t cell_count_;
  std::uint32_t position_bits_;
};

}  // namespace gyre::swarm
