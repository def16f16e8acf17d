#include "common/ring/reply_slots.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/base/check.hpp"

namespace gyre::ring {
namespace {

// For the two sizes that occur the compiler knows the size, and copies without a call.
void copy_name(sockaddr_in6& to, std::span<const std::byte> name) {
  if (name.size() == sizeof(sockaddr_in)) {
    std::memcpy(&to, name.data(), sizeof(sockaddr_in));
  } else if (name.size() == sizeof(sockaddr_in6)) {
    std::memcpy(&to, name.data(), sizeof(sockaddr_in6));
  } else {
    DCHECK(name.size() < sizeof to);
    std::memcpy(&to, name.data(), name.size());
  }
}

}  // namespace

ReplySlots::ReplySlots(Ring& ring, std::uint32_t count, std::size_t payload_size,
                       std::uint64_t token_base)
    : ring_(&ring),
      token_base_(token_base),
      payload_size_(payload_size),
      slot_count_(count),
      payloads_(std::make_unique_for_overwrite<std::byte[]>(count * payload_size)) {
  slots_.reserve(count);
  free_.reserve(count);
  sent_at_once_.reserve(count);
  DCHECK(count > 0 && counts_agree());
}

std::optional<ReplySlots::Index> ReplySlots::acquire() {
  if (free_.empty()) {
    if (slots_.size() == slot_count_) return std::nullopt;
    slots_.push_back({.state = State::held});
    DCHECK(counts_agree());
    return static_cast<Index>(slots_.size() - 1);
  }
  const Index index = free_.back();
  free_.pop_back();
  DCHECK(slots_[index].state == State::free && counts_agree());
  slots_[index].state = State::held;
  return index;
}

std::span<std::byte> ReplySlots::payload(Index index) const {
  DCHECK(index < slots_.size() && slots_[index].state != State::free);
  return {payloads_.get() + index * payload_size_, payload_size_};
}

void ReplySlots::release(Index index) {
  DCHECK(index < slots_.size() && slots_[index].state == State::held);
  set_free(index);
}

void ReplySlots::set_free(Index index) {
  DCHECK(slots_[index].state != State::free);
  slots_[index].state = State::free;
  free_.push_back(index);
  DCHECK(counts_agree());
}

void ReplySlots::send(Index index, std::size_t size, const ReceivedDatagram& request,
                      std::uint32_t file_index) {
  CHECK(size <= payload_size_);
  DCHECK(size > 0 && index < slots_.size());
  Slot& slot = slots_[index];
  DCHECK(slot.state == State::held);
  slot.bytes = {.iov_base = payload(index).data(), .iov_len = size};
  copy_name(slot.destination, request.source);
  const std::size_t control_size =
      request.control.empty() ? 0 : write_reply_control(request.control, slot.control);
  slot.message = {.msg_name = &slot.destination,
                  .msg_namelen = static_cast<socklen_t>(request.source.size()),
                  .msg_iov = &slot.bytes,
                  .msg_iovlen = 1,
                  .msg_control = control_size > 0 ? slot.control.data() : nullptr,
                  .msg_controllen = control_size,
                  .msg_flags = 0};
  slot.file_index = file_index;
  slot.state = State::sent_at_once;
  sent_at_once_.push_back(index);
  ring_->send_now(file_index, slot.message, token_base_ + index);
}

ReplySlots::Index ReplySlots::index_of(const Completion& completion) const {
  const auto index = static_cast<Index>(completion.token - token_base_);
  CHECK(index < slots_.size());
  return index;
}

ReplySlots::Outcome ReplySlots::complete(const Completion& completion) {
  const Index index = index_of(completion);
  Slot& slot = slots_[index];
  CHECK(slot.state == State::sent_at_once || slot.state == State::waiting);
  if (slot.state == State::sent_at_once && completion.result == -EAGAIN) {
    slot.state = State::waiting;
    ++waiting_count_;
    DCHECK(counts_agree());
    ring_->send_when_possible(slot.file_index, slot.message, completion.token);
    return Outcome::delayed;
  }
  if (slot.state == State::waiting) {
    DCHECK(waiting_count_ > 0);
    --waiting_count_;
    set_free(index);
  }
  return completion.result < 0 ? Outcome::failed : Outcome::sent;
}

void ReplySlots::settle() {
  for (const Index index : sent_at_once_) {
    if (slots_[index].state == State::sent_at_once) set_free(index);
  }
  sent_at_once_.clear();
  DCHECK(counts_agree());
}

bool ReplySlots::counts_agree() const {
  return slots_.size() <= slot_count_ && free_.size() + waiting_count_ <= slots_.size();
}

void ReplySlots::check_invariants() const {
  CHECK(counts_agree());
  const auto count_of = [this](State state) {
    return static_cast<std::size_t>(std::ranges::count(slots_, state, &Slot::state));
  };
  CHECK(count_of(State::free) == free_.size());
  CHECK(count_of(State::waiting) == waiting_count_);
  for (const Index index : free_) CHECK(slots_.at(index).state == State::free);
  for (Index index = 0; index < slots_.size(); ++index) {
    const bool is_sent_at_once = slots_[index].state == State::sent_at_once;
    CHECK(!is_sent_at_once || std::ranges::find(sent_at_once_, index) != sent_at_once_.end());
  }
}

}  // namespace gyre::ring
