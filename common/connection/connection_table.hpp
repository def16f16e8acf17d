// The connections of one worker by index, with sessions of one type. They never move. Memory grows
// by chunks; the slots used last are reused first.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/check.hpp"
#include "common/connection/connection.hpp"

namespace gyre::connection {

class ConnectionTable {
 public:
  template <class Session>
  static ConnectionTable of() {
    return ConnectionTable([](std::vector<ConnectionBase*>& connections) -> std::shared_ptr<void> {
      auto chunk = std::make_shared<std::array<Connection<Session>, chunk_size>>();
      for (ConnectionBase& connection : *chunk) connections.push_back(&connection);
      return chunk;
    });
  }

  // Free ones count.
  std::uint32_t size() const { return static_cast<std::uint32_t>(connections_.size()); }
  std::uint32_t used_count() const { return size() - static_cast<std::uint32_t>(free_.size()); }
  ConnectionBase& operator[](std::uint32_t index) const { return *connections_[index]; }

  // Null: it has gone.
  ConnectionBase* find(std::uint32_t index, std::uint32_t generation) const {
    if (index >= size()) return nullptr;
    ConnectionBase& connection = *connections_[index];
    const bool is_it =
        connection.state != ConnectionBase::State::free && connection.generation == generation;
    return is_it ? &connection : nullptr;
  }

  // An open one, without a descriptor yet.
  ConnectionBase& acquire() {
    if (free_.empty()) grow();
    ConnectionBase& connection = *connections_[free_.back()];
    free_.pop_back();
    connection.begin();
    return connection;
  }
  // Nothing finds it any more.
  void release(ConnectionBase& connection) {
    DCHECK(connection.state != ConnectionBase::State::free && connection.is_quiet());
    connection.state = ConnectionBase::State::free;
    connection.has_session = false;
    ++connection.generation;
    free_.push_back(connection.index);
    connection.check_invariants();
  }

 private:
  static constexpr std::uint32_t chunk_size = 256;

  using AddChunk = std::shared_ptr<void> (*)(std::vector<ConnectionBase*>&);
  explicit ConnectionTable(AddChunk add_chunk) : add_chunk_(add_chunk) {}

  void grow() {
    const std::uint32_t begin = size();
    chunks_.push_back(add_chunk_(connections_));
    for (std::uint32_t index = size(); index > begin; --index) {
      connections_[index - 1]->index = index - 1;
      free_.push_back(index - 1);
    }
  }

  AddChunk add_chunk_;
  std::vector<std::shared_ptr<void>> chunks_;
  std::vector<ConnectionBase*> connections_;  // by index
  std::vector<std::uint32_t> free_;           // the last one first
};

}  // namespace gyre::connection
