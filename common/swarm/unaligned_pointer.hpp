// A pointer that may lie at any address. Swarms are kept in tables of items whose size is no
// multiple of eight, and hold pointers among their bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>

namespace gyre::swarm {

template <class T>
class UnalignedPointer {
 public:
  explicit UnalignedPointer(T* pointer) { std::memcpy(bytes_.data(), &pointer, sizeof pointer); }

  T* get() const {
    T* pointer = nullptr;
    std::memcpy(&pointer, bytes_.data(), sizeof pointer);
    return pointer;
  }
  T* operator->() const { return get(); }
  T& operator*() const { return *get(); }

 private:
  std::array<std::byte, sizeof(T*)> bytes_;
};

}  // namespace gyre::swarm
