// The access list in force, shared by the threads of a tracker and replaced whole on reload.
#pragma once

#include <memory>

#include "common/base/shared_value.hpp"
#include "common/swarm/access_list.hpp"

namespace gyre::swarm {

class SharedAccessList : public SharedValue<AccessList> {
 public:
  SharedAccessList() : SharedValue(std::make_shared<const AccessList>()) {}
  void replace(AccessList list) {
    SharedValue::replace(std::make_shared<const AccessList>(std::move(list)));
  }
};

}  // namespace gyre::swarm
