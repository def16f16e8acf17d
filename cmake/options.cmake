# Compile options of gyre's own targets, and the functions that declare libraries and programs.

add_library(gyre_options INTERFACE)
target_include_directories(gyre_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(gyre_options INTERFACE GYRE_VERSION="${PROJECT_VERSION}")
target_compile_options(gyre_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wundef -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of GCC 12 on array code at -O3 and under sanitizers.
  target_compile_options(gyre_options INTERFACE
    -Wno-error=array-bounds -Wno-error=stringop-overflow -Wno-error=maybe-uninitialized -Wno-error=restrict)
endif()

if(GYRE_ASSERTIONS)
  target_compile_definitions(gyre_options INTERFACE GYRE_ASSERTIONS _GLIBCXX_ASSERTIONS)
endif()

if(GYRE_SANITIZE)
  target_compile_options(gyre_options INTERFACE
    -fsanitize=${GYRE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(gyre_options INTERFACE -fsanitize=${GYRE_SANITIZE})
endif()

# Link-time optimisation: serve of udp_handler_benchmark takes 17 % longer without.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  include(CheckIPOSupported)
  check_ipo_supported(RESULT GYRE_LTO_SUPPORTED OUTPUT GYRE_LTO_MESSAGE LANGUAGES CXX)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${GYRE_LTO_SUPPORTED})
  set(sections -ffunction-sections -fdata-sections)  # when linking, code is generated too
  add_compile_options(${sections})
  add_link_options(${sections} -Wl,--gc-sections)
endif()

# What nearly every file includes, compiled once. Not where programs are made to be used: there each
# file shows that it includes what it needs.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  add_library(gyre_headers STATIC ${PROJECT_SOURCE_DIR}/cmake/headers.cpp)
  target_link_libraries(gyre_headers PRIVATE gyre_options)
  target_precompile_headers(gyre_headers PRIVATE
    <algorithm> <array> <chrono> <cstdint> <cstring> <expected> <functional> <memory> <optional>
    <span> <string> <string_view> <utility> <variant> <vector>)
endif()

# gyre_library(NAME SOURCES ... LINK ...): a library. It links exactly what it includes, which
# tests/tidy_test.py checks.
function(gyre_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  if(ARG_SOURCES)
    add_library(${NAME} STATIC ${ARG_SOURCES})
    target_link_libraries(${NAME} PUBLIC ${ARG_LINK} PRIVATE gyre_options ${ARG_PRIVATE})
    if(TARGET gyre_headers AND NOT NAME STREQUAL "test_headers")
      target_precompile_headers(${NAME} REUSE_FROM gyre_headers)
    endif()
  else()
    add_library(${NAME} INTERFACE)
    target_link_libraries(${NAME} INTERFACE ${ARG_LINK})
  endif()
endfunction()

# gyre_executable(NAME [STATIC] SOURCES ... LINK ...): a program. STATIC: where programs are made to be
# used, it has the C library in it too, of which it needs little.
function(gyre_executable NAME)
  cmake_parse_arguments(ARG "STATIC" "" "SOURCES;LINK" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE gyre_options ${ARG_LINK})
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    # Addresses of functions are found at the start, and cannot be overwritten afterwards.
    target_link_options(${NAME} PRIVATE -Wl,-z,relro,-z,now)
    if(ARG_STATIC)
      target_link_options(${NAME} PRIVATE -static-pie)
    else()
      target_link_options(${NAME} PRIVATE -static-libstdc++ -static-libgcc)
    endif()
  endif()
endfunction()
