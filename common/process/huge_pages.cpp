#include "common/process/huge_pages.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "common/base/check.hpp"
#include "common/base/files.hpp"
#include "common/base/numbers.hpp"

namespace gyre::process {
namespace {

constexpr std::size_t page_size = 4096;
constexpr std::size_t pages_per_huge_page = huge_page_size / page_size;
// Missing pages would have to be allocated, so only few may be.
constexpr std::size_t pages_missing_max = pages_per_huge_page / 32;

// Inspected and collapsed in one step.
constexpr std::size_t piece_size = 8 * huge_page_size;
constexpr auto pause_threshold = std::chrono::microseconds(200);
// Larger mappings are reservations, hardly filled: the shadow memory of sanitizers, for example.
constexpr std::size_t candidate_size_max = std::size_t{1} << 40;

// MADV_COLLAPSE, from Linux 6.1; older headers lack it.
constexpr int advice_collapse = 25;

bool huge_pages_are_allowed() {
  if (::sysconf(_SC_PAGESIZE) != static_cast<long>(page_size)) return false;
  const auto setting = read_file("/sys/kernel/mm/transparent_hugepage/enabled", page_size);
  return setting && !setting->contains("[never]");
}

void* as_pointer(std::uintptr_t address) {
  return reinterpret_cast<void*>(address);
}

// Takes a field, and the spaces after it, off the front of the line.
std::string_view take_field(std::string_view& line) {
  const std::string_view field = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), field.size() + 1));
  line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ')));
  return field;
}

// The range of a line such as "7f1c00000000-7f1c00400000 rw-p 00000000 00:00 0", which a name may
// follow: "[anon:...]" if the program gave it. Mappings that the kernel names, such as the main
// stack, are skipped.
AddressRange candidate(std::string_view line) {
  const std::string_view addresses = take_field(line);
  const std::string_view permissions = take_field(line);
  take_field(line);  // offset
  take_field(line);  // device
  const std::string_view inode = take_field(line);
  if (!permissions.starts_with("rw-p") || inode != "0") return {};
  if (!line.empty() && !line.starts_with("[anon:")) return {};
  const std::size_t dash = std::min(addresses.find('-'), addresses.size() - 1);
  const auto begin = number_from<std::uintptr_t>(addresses.substr(0, dash), 16);
  const auto end = number_from<std::uintptr_t>(addresses.substr(dash + 1), 16);
  if (!begin || !end) return {};
  return {.begin = round_up(*begin, huge_page_size), .end = *end / huge_page_size * huge_page_size};
}

// False if the kernel has no free huge page.
bool collapse_piece(const AddressRange& piece) {
  DCHECK(piece.begin < piece.end && piece.end - piece.begin <= piece_size);
  std::array<unsigned char, piece_size / page_size> flags;
  const std::span resident = std::span(flags).first((piece.end - piece.begin) / page_size);
  // Fails if the memory has been unmapped, as the next call may do too.
  if (::mincore(as_pointer(piece.begin), piece.end - piece.begin, resident.data()) != 0)
    return true;
  for (const auto& [begin, end] : filled_huge_pages(piece.begin, resident)) {
    const int result = ::madvise(as_pointer(begin), end - begin, advice_collapse);
    if (result != 0 && (errno == ENOMEM || errno == EBUSY)) return false;
  }
  return true;
}

}  // namespace

std::vector<AddressRange> huge_page_candidates(std::string_view maps) {
  std::vector<AddressRange> candidates;
  while (!maps.empty()) {
    const std::string_view line = maps.substr(0, maps.find('\n'));
    maps.remove_prefix(std::min(maps.size(), line.size() + 1));
    if (line.empty()) continue;
    const AddressRange range = candidate(line);
    if (range.begin < range.end && range.end - range.begin <= candidate_size_max) {
      candidates.push_back(range);
    }
  }
  return candidates;
}

std::vector<AddressRange> filled_huge_pages(std::uintptr_t begin,
                                            std::span<const unsigned char> resident) {
  std::vector<AddressRange> runs;
  DCHECK(begin % huge_page_size == 0);
  for (; resident.size() >= pages_per_huge_page; begin += huge_page_size) {
    const auto missing = std::ranges::count_if(
        resident.first(pages_per_huge_page), [](unsigned char flags) { return (flags & 1U) == 0; });
    resident = resident.subspan(pages_per_huge_page);
    if (static_cast<std::size_t>(missing) > pages_missing_max) continue;
    if (runs.empty() || runs.back().end != begin) runs.push_back({begin, begin});
    runs.back().end += huge_page_size;
  }
  return runs;
}

HugePages::HugePages() {
  if (huge_pages_are_allowed()) maps_.reset(::open("/proc/self/maps", O_RDONLY | O_CLOEXEC));
}

void HugePages::collapse(const std::stop_token& stop) {
  using std::chrono::steady_clock;
  if (!maps_) return;
  for (const auto& range : huge_page_candidates(read_maps())) {
    for (std::uintptr_t begin = range.begin; begin < range.end; begin += piece_size) {
      if (stop.stop_requested()) return;
      const auto begin_time = steady_clock::now();
      if (!collapse_piece({begin, std::min(begin + piece_size, range.end)})) return;
      const auto time = steady_clock::now() - begin_time;
      if (time > pause_threshold) std::this_thread::sleep_for(time);
    }
  }
}

std::string HugePages::read_maps() const {
  std::string text;
  std::array<char, 16 * 1024> piece;
  while (true) {
    const ssize_t size =
        ::pread(maps_.get(), piece.data(), piece.size(), static_cast<off_t>(text.size()));
    if (size <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace gyre::process
