// A value and what reports call it: rows of a report, and of the tables that reports are made by.
#pragma once

#include <string_view>

namespace gyre::load_test {

template <class Value>
struct Named {
  std::string_view name;
  Value value{};
};

}  // namespace gyre::load_test
