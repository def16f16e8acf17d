# Every package comes from the distribution; scripts/install-packages.sh names them.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(liburing REQUIRED IMPORTED_TARGET liburing>=2.3)
pkg_check_modules(libsodium REQUIRED IMPORTED_TARGET libsodium)
find_package(tomlplusplus REQUIRED)
