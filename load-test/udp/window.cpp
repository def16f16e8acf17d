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
  const std::uint16_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  DCHECK(!slot.in_flight);
  slot.request = request;
  slot.id += capacity_max;  // the next generation
  slot.in_flight = true;
  DCHECK(slot.id % capacity_max == index);
  return slot.id;
}

std::expected<Request, Count> Window::close(gyre::udp::TransactionId id) {
  const std::uint32_t index = id % capacity_max;
  if (index >= slots_.size()) return std::unexpected(Count::unknown_transaction);
  Slot& slot = slots_[index];
  if (slot.in_flight && slot.id == id) {
    free(slot);
    return slot.request;
  }
  if (slot.given_up != id) return std::unexpected(Count::unknown_transaction);
  slot.given_up.reset();
  return std::unexpected(Count::late);
}

std::uint32_t Window::expire(std::uint64_t sent_before_ns) {
  std::uint32_t count = 0;
  for (Slot& slot : slots_) {
    if (!slot.in_flight || slot.request.sent_ns >= sent_before_ns) continue;
    free(slot);
    slot.given_up = slot.id;
    ++count;
  }
  return count;
}

void Window::free(Slot& slot) {
  DCHECK(slot.in_flight);
  slot.in_flight = false;
  free_.push_back(static_cast<std::uint16_t>(slot.id % capacity_max));
  DCHECK(free_.size() <= slots_.size());
}

}  // namespace gyre::load_test::udp
