// A pointer that may lie at any address. Swarms are kept in tables of items whose size is no
// multiple of eight, and hold pointers among their bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>

namespace gyre::swarm {

// For bytes that are not always a pointer; there are sizeof(T*) of them.
template <class T>
T* load_pointer(const std::byte* bytes) {
  T* pointer = nullptr;
  std::memcpy(&pointer, bytes, sizeof pointer);
  return pointer;
}
inline void store_pointer(std::byte* bytes, const void* pointer) {
  std::memcpy(bytes, &pointer, sizeof pointer);
}

template <class T>
class UnalignedPointer {
 public:
  explicit UnalignedPointer(T* pointer) { store_pointer(bytes_.data(), pointer); }

  T* get() const { return load_pointer<T>(bytes_.data()); }

 private:
  std::array<std::byte, sizeof(T*)> bytes_;
};

}  // namespace gyre::swarm
