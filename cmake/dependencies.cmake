# Every package comes from the distribution (scripts/packages.txt), except wolfSSL.

# What is optimised has the libraries in it, as far as the distribution has them to be linked in (it
# has simdjson as a shared one only): of shared ones, a tracker would keep 3 MiB in memory for the
# little that it uses.
set(GYRE_SHARED_SUFFIXES ${CMAKE_FIND_LIBRARY_SUFFIXES})
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  list(PREPEND CMAKE_FIND_LIBRARY_SUFFIXES .a)
  get_cmake_property(GYRE_CACHED CACHE_VARIABLES)
  list(FILTER GYRE_CACHED INCLUDE REGEX "^(pkgcfg_lib|ZLIB_LIBRARY)_")
  foreach(variable IN LISTS GYRE_CACHED)  # may be a shared one, found by an earlier version of this
    unset(${variable} CACHE)
  endforeach()
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(ZLIB REQUIRED)
find_package(simdjson 3 REQUIRED)
find_package(nlohmann_json 3 REQUIRED)
pkg_check_modules(liburing REQUIRED IMPORTED_TARGET liburing>=2.3)
pkg_check_modules(libsodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(libzstd REQUIRED IMPORTED_TARGET libzstd)
find_library(GYRE_JEMALLOC NAMES libjemalloc_pic.a jemalloc REQUIRED)

# These are compiled in, for the same reason.
add_library(gyre_fmt INTERFACE)
add_library(gyre_spdlog INTERFACE)
add_library(gyre_tomlplusplus INTERFACE)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_link_libraries(gyre_fmt INTERFACE fmt::fmt-header-only)
  set_property(TARGET spdlog::spdlog_header_only  # names the shared fmt
               PROPERTY INTERFACE_LINK_LIBRARIES fmt::fmt-header-only Threads::Threads)
  target_link_libraries(gyre_spdlog INTERFACE spdlog::spdlog_header_only)
else()
  target_link_libraries(gyre_fmt INTERFACE fmt::fmt)
  target_link_libraries(gyre_spdlog INTERFACE spdlog::spdlog)
  target_link_libraries(gyre_tomlplusplus INTERFACE tomlplusplus::tomlplusplus)
endif()

# malloc for programs that keep swarms: jemalloc gives memory back, and fragments less. Sanitizers
# bring their own.
add_library(gyre_allocator INTERFACE)
if(NOT GYRE_SANITIZE)
  target_sources(gyre_allocator INTERFACE ${PROJECT_SOURCE_DIR}/common/process/allocator.cpp)
  target_link_libraries(gyre_allocator INTERFACE ${GYRE_JEMALLOC} ${CMAKE_DL_LIBS} Threads::Threads)
endif()

include(${CMAKE_CURRENT_LIST_DIR}/wolfssl.cmake)

# Clearer here than as a linker error.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  foreach(library IN ITEMS ${GYRE_JEMALLOC} ${pkgcfg_lib_liburing_uring} ${pkgcfg_lib_libsodium_sodium}
          ${pkgcfg_lib_libzstd_zstd} ${ZLIB_LIBRARIES})
    if(NOT library MATCHES "\\.a$")
      message(FATAL_ERROR "${library} is a shared library; the static one is missing. "
                          "Release builds link statically: scripts/install-packages.sh installs it.")
    endif()
  endforeach()
endif()

set(CMAKE_FIND_LIBRARY_SUFFIXES ${GYRE_SHARED_SUFFIXES})
