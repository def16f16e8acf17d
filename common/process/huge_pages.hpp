// Puts memory of this process that fills huge pages on such, so that far fewer addresses miss the
// processor's cache of them (TLB): with many swarms that is what announces wait for. Between
// whoever has time for it and the kernel; whose memory it is does not matter.
//
// Memory is gathered after it was filled. Had the kernel given huge pages from the start, small
// trackers would take megabytes more, and memory that swarms gave back would be filled again.
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

// From the text of /proc/self/maps: the private memory that belongs to no file and holds at least
// one whole huge page, cut to whole huge pages; not what is too large to be filled.
std::vector<AddressRange> huge_page_candidates(std::string_view maps);

// The runs of huge pages from `begin` on that are in memory, all but a few of their pages.
// `resident` tells of each page whether it is, as mincore(2).
std::vector<AddressRange> filled_huge_pages(std::uintptr_t begin,
                                            std::span<const unsigned char> resident);

class HugePages {
 public:
  // Opens what gather() reads, which later may be out of reach.
  HugePages();

  // Costs some microseconds for each huge page, and some 100 for each that is new, for which
  // whoever uses that page waits; it rests as long between pieces of some pages. Ends early when
  // asked to stop, or when the kernel has no huge page to give. If the system allows none
  // (transparent_hugepage/enabled is "never"), or the kernel is older than 6.1, nothing happens.
  void gather(const std::stop_token& stop = {});

 private:
  std::string read_maps() const;

  Fd maps_;  // closed if there is nothing to do
};

}  // namespace gyre::process
