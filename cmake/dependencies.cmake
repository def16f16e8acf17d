# Every package comes from the distribution; scripts/install-packages.sh names them.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(ZLIB REQUIRED)
find_package(simdjson 3 REQUIRED)
pkg_check_modules(liburing REQUIRED IMPORTED_TARGET liburing>=2.3)
pkg_check_modules(libsodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(libzstd REQUIRED IMPORTED_TARGET libzstd)
find_library(GYRE_JEMALLOC NAMES libjemalloc_pic.a jemalloc REQUIRED)

# What is optimised has these libraries compiled in, and the C++ runtime linked in: of the shared
# ones, a tracker would keep 3 MiB in memory for the little that it uses.
add_library(gyre_fmt INTERFACE)
add_library(gyre_spdlog INTERFACE)
add_library(gyre_tomlplusplus INTERFACE)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_link_libraries(gyre_fmt INTERFACE fmt::fmt-header-only)
  target_link_libraries(gyre_spdlog INTERFACE spdlog::spdlog_header_only gyre_fmt)
  add_compile_options(-ffunction-sections -fdata-sections)
  add_link_options(-static-libstdc++ -static-libgcc -Wl,--gc-sections)
else()
  target_link_libraries(gyre_fmt INTERFACE fmt::fmt)
  target_link_libraries(gyre_spdlog INTERFACE spdlog::spdlog)
  target_link_libraries(gyre_tomlplusplus INTERFACE tomlplusplus::tomlplusplus)
endif()

# malloc for programs that keep swarms: jemalloc gives memory back, and fragments less. Sanitizers
# bring their own.
add_library(gyre_allocator INTERFACE)
if(NOT GYRE_SANITIZE)
  target_link_libraries(gyre_allocator INTERFACE ${GYRE_JEMALLOC} ${CMAKE_DL_LIBS} Threads::Threads)
endif()

# TLS: the wolfSSL that scripts/build-wolfssl.sh has made, with its assembly, else the
# distribution's.
set(GYRE_WOLFSSL_PREFIX "${PROJECT_SOURCE_DIR}/build/wolfssl-prefix" CACHE PATH
    "Where scripts/build-wolfssl.sh has installed wolfSSL; empty for the distribution's")
add_library(gyre_wolfssl INTERFACE)
if(GYRE_WOLFSSL_PREFIX AND EXISTS "${GYRE_WOLFSSL_PREFIX}/lib/libwolfssl.a")
  message(STATUS "wolfSSL: ${GYRE_WOLFSSL_PREFIX}")
  target_include_directories(gyre_wolfssl SYSTEM INTERFACE "${GYRE_WOLFSSL_PREFIX}/include")
  target_link_libraries(gyre_wolfssl INTERFACE
    "${GYRE_WOLFSSL_PREFIX}/lib/libwolfssl.a" m Threads::Threads)
else()
  message(STATUS "wolfSSL: the distribution's, without assembly; see scripts/build-wolfssl.sh")
  pkg_check_modules(wolfssl REQUIRED IMPORTED_TARGET wolfssl>=5.5)
  target_link_libraries(gyre_wolfssl INTERFACE PkgConfig::wolfssl)
endif()
