// Reads a TOML document into the struct behind a Schema. Strict: what no setting asks for is an
// error, types are not converted, and every error of the document is reported, not only the first.
// (A syntax error is the exception: nothing after it can be trusted.)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/schema.hpp"

namespace gyre::config {

// Returns the errors in the order of the lines, each "FILE:LINE: section.key: message" (without a
// key for syntax errors, without a line where FILE cannot be read). A setting that is absent or
// wrong keeps its value.
std::vector<std::string> read_toml(std::string_view document, std::string_view file_name,
                                   const Schema& schema);
std::vector<std::string> read_toml_file(const std::string& file_name, const Schema& schema);

}  // namespace gyre::config
