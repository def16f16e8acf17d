// The settings of an accepted document print as a document that reads as the same settings; for a
// rejected one, every error names the file.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.hpp"
#include "common/config/print.hpp"
#include "common/config/toml_reader.hpp"
#include "udp/config.hpp"

using namespace gyre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string document(reinterpret_cast<const char*>(data), size);
  udp::Config config;
  const auto errors = config::read_toml(document, "fuzz.toml", config::schema_of(config));
  for (const std::string& error : errors) CHECK(error.starts_with("fuzz.toml"));

  udp::Config again;
  const std::string printed = config::print_toml(config::schema_of(config));
  CHECK(config::read_toml(printed, "printed.toml", config::schema_of(again)).empty());
  CHECK(again == config);
  udp::validate(config);
  return 0;
}
