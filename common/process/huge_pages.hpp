// Collapses memory of this process into huge pages where it fills them, which cuts TLB misses: with
// many swarms those dominate the cost of an announce. Covers all of the heap, whoever allocated it.
//
// It does so after the memory was filled. With huge pages from the start, small trackers would take
// megabytes more, and memory freed by swarms would become resident again.
//
// Threading: one thread at a time; others may use, resize and free memory meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/fd.hpp"
#include "common/base/types.hpp"

namespace gyre::process {

struct AddressRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;

  bool operator==(const AddressRange&) const = default;
};

// Parses /proc/self/maps. Returns the private anonymous mappings that contain at least one huge
// page, cut to whole ones, except those too large to be filled.
std::vector<AddressRange> huge_page_candidates(std::string_view maps);

// The runs of huge pages, starting at `begin`, nearly all of whose pages are resident. `resident`
// has a byte for each page, as filled in by mincore(2).
// REQUIRES: `begin` is the start of a huge page.
std::vector<AddressRange> filled_huge_pages(std::uintptr_t begin,
                                            std::span<const unsigned char> resident);

class HugePages {
 public:
  // Opens the file that collapse() reads, which may become unreachable later (chroot).
  HugePages();

  // Takes some microseconds for each huge page, and about 100 for each new one, during which its
  // users wait; after each step of a few pages it pauses as long as that took. Returns early when
  // asked to stop, or when the kernel has no huge page left. No effect if the system forbids huge
  // pages (transparent_hugepage/enabled is "never"), or before Linux 6.1.
  void collapse(const std::stop_token& stop = {});

 private:
  std::string read_maps() const;

  Fd maps_;  // closed if there is nothing to do
};

}  // namespace gyre::process
