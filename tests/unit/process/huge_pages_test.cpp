// Which memory is collapsed into huge pages: what is filled, and nothing else.
#include "common/process/huge_pages.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>

namespace gyre::process {
namespace {

constexpr std::size_t page_size = 4096;
constexpr std::size_t pages = huge_page_size / page_size;

using Ranges = std::vector<AddressRange>;

TEST(HugePageCandidates, AreWholeHugePagesOfAnonymousMemory) {
  struct Case {
    const char* name;
    const char* maps;
    Ranges expected;
  };
  for (const Case& row : {
           Case{"nothing", "", {}},
           {"an empty line", "\n", {}},
           {"one page",
            "7f0000200000-7f0000400000 rw-p 00000000 00:00 0 \n",
            {{0x7f0000200000, 0x7f0000400000}}},
           {"cut to whole pages",
            "7f00001ff000-7f0000a01000 rw-p 00000000 00:00 0\n",
            {{0x7f0000200000, 0x7f0000a00000}}},
           {"no line end", "200000-400000 rw-p 00000000 00:00 0", {{0x200000, 0x400000}}},
           {"less than a page", "7f0000201000-7f0000400000 rw-p 00000000 00:00 0 \n", {}},
           {"a page, but across two", "7f0000300000-7f0000500000 rw-p 00000000 00:00 0 \n", {}},
           {"read only", "7f0000200000-7f0000400000 r--p 00000000 00:00 0 \n", {}},
           {"reserved", "7f0000200000-7f0000400000 ---p 00000000 00:00 0 \n", {}},
           {"shared", "7f0000200000-7f0000400000 rw-s 00000000 00:00 0 \n", {}},
           {"of a file", "7f0000200000-7f0000400000 rw-p 00000000 fe:01 77 /lib/x.so\n", {}},
           {"the stack", "7ff000200000-7ff000400000 rw-p 00000000 00:00 0 [stack]\n", {}},
           {"named by its program",
            "200000-400000 rw-p 00000000 00:00 0 [anon:jemalloc_pg]\n",
            {{0x200000, 0x400000}}},
           {"shadow memory", "10007fff8000-700000000000 rw-p 00000000 00:00 0 \n", {}},
           {"several",
            "200000-400000 rw-p 00000000 00:00 0 \n"
            "400000-600000 r-xp 00000000 fe:01 77 /bin/x\n"
            "800000-c00000 rw-p 00000000 00:00 0 \n",
            {{0x200000, 0x400000}, {0x800000, 0xc00000}}},
           {"other text", "hello\n-\nx-y rw-p\n- rw-p 0 0 0\n", {}},
       }) {
    EXPECT_EQ(huge_page_candidates(row.maps), row.expected) << row.name;
  }
}

TEST(FilledHugePages, AreThoseWithHardlyAMissingPage) {
  constexpr std::uintptr_t begin = 0x40000000;
  // Four huge pages, each with that many pages missing.
  const auto runs = [](std::array<std::size_t, 4> missing) {
    std::vector<unsigned char> resident(4 * pages, 1);
    for (std::size_t i = 0; i < 4; ++i) {
      std::fill_n(resident.begin() + static_cast<std::ptrdiff_t>(i * pages), missing[i], 0);
    }
    return filled_huge_pages(begin, resident);
  };
  const auto at = [](std::size_t page) { return begin + page * huge_page_size; };
  EXPECT_EQ(runs({0, 0, 0, 0}), (Ranges{{at(0), at(4)}}));
  EXPECT_EQ(runs({16, 17, 0, pages}), (Ranges{{at(0), at(1)}, {at(2), at(3)}}));
  EXPECT_EQ(runs({pages, pages, pages, pages}), Ranges{});
  EXPECT_EQ(filled_huge_pages(begin, {}), Ranges{});
}

// A mapping that starts at a huge page, some of whose pages are resident.
class Mapping {
 public:
  explicit Mapping(std::size_t huge_pages) : size_(huge_pages * huge_page_size) {
    reserved_ = ::mmap(nullptr, size_ + huge_page_size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    const auto address = reinterpret_cast<std::uintptr_t>(reserved_);
    bytes_ = static_cast<std::byte*>(reserved_) + (huge_page_size - address % huge_page_size);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(reserved_, size_ + huge_page_size); }

  std::span<std::byte> bytes() { return {bytes_, size_}; }
  std::size_t resident_pages() {
    std::vector<unsigned char> resident(size_ / page_size);
    EXPECT_EQ(::mincore(bytes_, size_, resident.data()), 0);
    return static_cast<std::size_t>(
        std::ranges::count_if(resident, [](unsigned char flags) { return (flags & 1U) != 0; }));
  }

 private:
  std::size_t size_;
  void* reserved_;
  std::byte* bytes_;
};

std::byte written(std::size_t at) {
  return static_cast<std::byte>(1 + (at / 64 * 7 + at / page_size) % 251);
}

TEST(HugePages, CollapsingKeepsTheContents) {
  Mapping mapping(3);
  const auto bytes = mapping.bytes();
  for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = written(at);
  HugePages huge_pages;
  for (int round = 0; round < 2; ++round) {
    huge_pages.collapse();
    for (std::size_t at = 0; at < bytes.size(); ++at) ASSERT_EQ(bytes[at], written(at)) << at;
  }
}

TEST(HugePages, SparseMemoryDoesNotGrow) {
  Mapping mapping(4);
  const auto bytes = mapping.bytes();
  constexpr std::size_t used = 4 * pages / 2;
  for (std::size_t page = 0; page < used; ++page) bytes[2 * page * page_size] = std::byte{1};
  const std::size_t before = mapping.resident_pages();
  HugePages().collapse();
  EXPECT_EQ(mapping.resident_pages(), before);
  EXPECT_GE(before, used);
}

}  // namespace
}  // namespace gyre::process
