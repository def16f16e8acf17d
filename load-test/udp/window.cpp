#include "load-test/udp/window.hpp"

#include <algorithm>
#include <numeric>

#include "common/base/check.hpp"

namespace gyre::load_test::udp {

Window::Window(std::uint32_t capacity) : slots_(capacity), free_(capacity) {
  CHECK(capacity > 0 && capacity <= capacity_max);
  std::iota(free_.rbegin(), free_.rend(), std::uint16_t{0});
  for (std::uint32_t index = 0; index < capacity; ++index) slots_[index].id = index;
}

gyre::udp::TransactionId Window::open(const Request& request) {
  CHECK(!free_.empty());
  Slot& slot = slots_[free_.back()];
  free_.pop_back();
  slot.request = request;
  slot.id += capacity_max;
  slot.in_flight = true;
  return slot.id;
}

Window::Closed Window::close(gyre::udp::TransactionId id) {
  const std::uint32_t index = id % capacity_max;
  if (index >= slots_.size()) return {};
  Slot& slot = slots_[index];
  if (slot.in_flight && slot.id == id) {
    slot.in_flight = false;
    free_.push_back(static_cast<std::uint16_t>(index));
    return {.found = Found::waiting, .request = slot.request};
  }
  if (slot.given_up != id) return {};
  slot.given_up.reset();
  return {.found = Found::late, .request = {}};
}

std::uint32_t Window::expire(std::uint64_t sent_before_ns) {
  std::uint32_t count = 0;
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    Slot& slot = slots_[index];
    if (!slot.in_flight || slot.request.sent_ns >= sent_before_ns) continue;
    slot.in_flight = false;
    slot.given_up = slot.id;
    free_.push_back(static_cast<std::uint16_t>(index));
    ++count;
  }
  return count;
}

}  // namespace gyre::load_test::udp
