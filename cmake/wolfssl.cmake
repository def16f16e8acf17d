# TLS: Debian stable's wolfSSL as built by scripts/build-wolfssl.sh, or one that an operator provides,
# and no other. Without it, or if it has a known vulnerability, targets that do not need it (gyre_udp)
# are built anyway; everything else fails, with the reason.
include(${CMAKE_CURRENT_LIST_DIR}/wolfssl_check.cmake)

set(GYRE_WOLFSSL_PREFIX "${PROJECT_SOURCE_DIR}/build/wolfssl-prefix" CACHE PATH
    "Folder that wolfSSL is installed in, with its Debian revision in a file `version`")
gyre_check_wolfssl("${GYRE_WOLFSSL_PREFIX}" GYRE_WOLFSSL_PROBLEM GYRE_WOLFSSL_REVISION)

# Configures again after a build failed without wolfSSL, or when its revision changes.
set(GYRE_WOLFSSL_MISSING ${PROJECT_BINARY_DIR}/wolfssl-missing)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${GYRE_WOLFSSL_FAULTS})
if(EXISTS ${GYRE_WOLFSSL_PREFIX}/version)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${GYRE_WOLFSSL_PREFIX}/version)
endif()

add_library(gyre_wolfssl INTERFACE)
if(GYRE_WOLFSSL_PROBLEM)
  message(STATUS "wolfSSL: none; only programs without TLS can be built. ${GYRE_WOLFSSL_PROBLEM}")
  file(WRITE ${GYRE_WOLFSSL_MISSING} "${GYRE_WOLFSSL_PROBLEM}\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${GYRE_WOLFSSL_MISSING})
  add_custom_target(wolfssl_is_missing
    COMMAND ${CMAKE_COMMAND} -E touch ${GYRE_WOLFSSL_MISSING}
    COMMAND ${CMAKE_COMMAND} -E echo
      "${GYRE_WOLFSSL_PROBLEM}. To build it: scripts/build-wolfssl.sh (see SECURITY.md)"
    COMMAND ${CMAKE_COMMAND} -E false
    COMMENT "Looking for wolfSSL" VERBATIM)
  add_dependencies(gyre_wolfssl wolfssl_is_missing)
else()
  message(STATUS "wolfSSL: ${GYRE_WOLFSSL_REVISION} in ${GYRE_WOLFSSL_PREFIX}")
  file(REMOVE ${GYRE_WOLFSSL_MISSING})
  target_include_directories(gyre_wolfssl SYSTEM INTERFACE ${GYRE_WOLFSSL_PREFIX}/include)
  target_link_libraries(gyre_wolfssl INTERFACE
    ${GYRE_WOLFSSL_PREFIX}/lib/libwolfssl.a m Threads::Threads)
endif()
