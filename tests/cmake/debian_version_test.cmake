# Versions are compared as dpkg does; where dpkg is there, it is asked too.
#
#   cmake -P tests/cmake/debian_version_test.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/debian_version.cmake)
find_program(DPKG dpkg NO_CACHE)

# The smaller one, the larger one.
set(older_and_newer
  "5.5.4-2+deb12u3 5.7.2-0.1+deb13u2"
  "5.7.2-0.1 5.7.2-0.1+deb13u1"
  "5.7.2-0.1+deb13u1 5.7.2-0.1+deb13u2"
  "5.7.2-0.1+deb13u2 5.7.2-0.1+deb13u10"
  "5.7.2-0.1+deb13u2 5.7.2-0.1+deb13u2+gyre1"
  "5.7.2-0.1+deb13u2+gyre1 5.7.2-0.1+deb13u3"
  "5.7.2-0.1+deb13u2+gyre1 5.9.2-1.2"
  "5.7.2-0.1+deb13u2 5.9.2"
  "5.7.2~rc1-1 5.7.2-1"
  "5.7.2-1~bpo12+1 5.7.2-1"
  "5.7.2-1~~ 5.7.2-1~"
  "5.7.2 5.7.2-0.1"
  "5.7.2-1 5.7.2-1a"
  "5.7.2-1a 5.7.2-1+"
  "5.7.2-1a 5.7.2-1b"
  "5.7.9-1 5.7.10-1"
  "5.7.2-9 5.10.0-1"
  "9.9.9-9 1:0.1-1"
  "1:5.7.2-1 2:0.1-1"
  "1.0-1-1 1.0-1-2"
  "5.7.2-18446744073709551616 5.7.2-18446744073709551617")
set(equal
  "5.7.2-0.1+deb13u2 5.7.2-0.1+deb13u2"
  "0:5.7.2-1 5.7.2-1"
  "5.7.2 5.7.2-0"
  "5.07.2-01 5.7.2-1")

function(expect LEFT RIGHT EXPECTED)
  debian_version_compare("${LEFT}" "${RIGHT}" order)
  if(NOT order EQUAL EXPECTED)
    message(SEND_ERROR "${LEFT} and ${RIGHT}: ${order}, expected ${EXPECTED}")
  endif()
  if(DPKG)
    set(relations_-1 lt)
    set(relations_0 eq)
    set(relations_1 gt)
    execute_process(COMMAND ${DPKG} --compare-versions ${LEFT} ${relations_${order}} ${RIGHT}
                    RESULT_VARIABLE failed)
    if(failed)
      message(SEND_ERROR "${LEFT} and ${RIGHT}: dpkg does not find it ${relations_${order}}")
    endif()
  endif()
endfunction()

foreach(pair IN LISTS older_and_newer)
  string(REPLACE " " ";" pair "${pair}")
  list(GET pair 0 older)
  list(GET pair 1 newer)
  expect(${older} ${newer} -1)
  expect(${newer} ${older} 1)
endforeach()
foreach(pair IN LISTS equal)
  string(REPLACE " " ";" pair "${pair}")
  expect(${pair} 0)
endforeach()

foreach(text IN ITEMS "" "x" "5.7 2" "5.7\;2" "a:5.7" "-1" "5.7_2" "1:2:3")
  debian_version_is_valid("${text}" valid)
  if(valid)
    message(SEND_ERROR "\"${text}\" counts as a version")
  endif()
endforeach()
