# Prefixes of wolfSSL that are refused, with what the operator reads, and those that are not.
#
#   cmake -D folder=FOLDER -P tests/cmake/wolfssl_check_test.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/wolfssl_check.cmake)

# EXPECTED: what the sentence has to have in it; "" if there is to be none.
function(expect VERSION EXPECTED)
  file(WRITE "${folder}/version" "${VERSION}\n")
  gyre_check_wolfssl("${folder}" problem revision)
  string(FIND "${problem}" "${EXPECTED}" found)
  if(found LESS 0 OR (EXPECTED STREQUAL "" AND problem))
    message(SEND_ERROR "${VERSION}: \"${problem}\", expected \"${EXPECTED}\"")
  endif()
  if(NOT problem AND NOT revision STREQUAL VERSION)
    message(SEND_ERROR "${VERSION}: the revision is \"${revision}\"")
  endif()
endfunction()

function(expect_missing FILE)
  gyre_check_wolfssl("${folder}" problem revision)
  if(NOT problem MATCHES "there is no .*/${FILE}$")
    message(SEND_ERROR "without ${FILE}: \"${problem}\"")
  endif()
endfunction()

file(REMOVE_RECURSE "${folder}")
expect_missing(lib/libwolfssl.a)
file(WRITE "${folder}/lib/libwolfssl.a" "")
expect_missing(include/wolfssl/ssl.h)
file(WRITE "${folder}/include/wolfssl/ssl.h" "")
expect_missing(version)

expect("" "not the version")
expect("unknown" "not the version")
expect("5.7.2 -1" "not the version")
expect("5.5.4-2+deb12u3" "has CVE-2024-0901")  # Debian 12's
expect("5.6.6-1.3" "has CVE-2024-0901: heap memory")
expect("5.7.0~rc1-1" "CVE-2024-0901")
expect("5.7.0-0.3" "CVE-2024-1544")
expect("5.7.2-0.1+deb13u2" "Fixed in 5.7.2-0.1+deb13u2+gyre1")
expect("5.7.2-0.1+deb13u2+gyre1" "")
expect("5.7.2-0.1+deb13u3" "")
expect("5.9.2-1.2" "")
expect("5.9.2" "")
expect("1:0.1-1" "")

# The file of faults and the script agree on what the script makes.
file(READ ${CMAKE_CURRENT_LIST_DIR}/../../scripts/build-wolfssl.sh script)
if(NOT script MATCHES "revision\\+=\\+gyre1\n")
  message(SEND_ERROR "scripts/build-wolfssl.sh no longer makes +gyre1")
endif()
