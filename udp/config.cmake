gyre_library(udp_config
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/config.cpp
  LINK common_config)
