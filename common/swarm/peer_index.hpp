// Where in a list of peers a peer is, by its hash: open addressing over cells of 16 bits, linear
// probing, deletion by shifting back. A view of cells that PeerMemory has beside the peers.
//
// A cell has a position and, in the bits that positions do not need, some of the hash, so that
// peers other than the one looked for are seldom read.
//
// Invariant: every position of the list is in exactly one cell; at most 75 % of the cells are
// taken.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "common/base/check.hpp"
#include "common/base/prefetch.hpp"
#include "common/swarm/cell_group.hpp"

namespace gyre::swarm {

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
    for (; at + cells_per_group <= cell_count_; at += cells_per_group) {
      const CellGroup cells(&cells_[at]);
      const auto empties = cells.equal(empty);
      auto candidates = cells.equal(tag, static_cast<Cell>(~position_mask)) & cells_before(empties);
      for (; candidates != 0; candidates = without_first(candidates)) {
        const std::uint32_t position = cells_[at + first_cell(candidates)] & position_mask;
        if (matches(position)) return position;
      }
      if (empties != 0) return std::nullopt;
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
    cells_[find_cell(hash, empty)] = cell_of(hash, position);
  }

  // The peer with that hash is now at `to`. Requires: it was at `from`.
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
  // Requires: a search for that hash comes by such a cell.
  std::uint32_t find_cell(std::uint32_t hash, Cell cell) const {
    std::uint32_t at = home(hash);
    for (; at + cells_per_group <= cell_count_; at += cells_per_group) {
      const auto found = CellGroup(&cells_[at]).equal(cell);
      if (found != 0) return at + first_cell(found);
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
