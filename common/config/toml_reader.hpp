// The reader of TOML files into the struct behind a Schema. Strict: unknown keys are errors, types
// are not converted, and all errors of a document are reported, not only the first. (Except after a
// syntax error, which ends the reading.)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/schema.hpp"

namespace gyre::config {

// Returns the errors in order of lines, each "FILE:LINE: section.key: message" (without a key for
// syntax errors, without a line if FILE cannot be read). Absent and invalid settings keep their
// values.
std::vector<std::string> read_toml(std::string_view document, std::string_view file_name,
                                   const Schema& schema);
std::vector<std::string> read_toml_file(const std::string& file_name, const Schema& schema);

}  // namespace gyre::config
