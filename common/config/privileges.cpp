#include "common/config/privileges.hpp"

namespace gyre::config {

void describe(Schema& schema, PrivilegesConfig& config) {
  auto& [drop_privileges, chroot_path, group, user, sandbox, system_call_filter] = config;
  schema.setting("drop_privileges", drop_privileges,
                 "Switch to the user and group below once the sockets are bound. The program "
                 "must be started as root for that. If false, it keeps running as the user that "
                 "started it, which is right under systemd and in containers.");
  schema.setting("chroot_path", chroot_path,
                 "Directory to confine the process to (chroot) when privileges are dropped; "
                 "empty: none. From then on, files that are reloaded, such as the access list, "
                 "are looked up inside it. At startup they are looked up both inside and "
                 "outside: a file that is only outside is used, but never reloaded.");
  schema.setting("group", group, "Group to switch to: a name in /etc/group, or a number.",
                 Text::not_empty);
  schema.setting("user", user, "User to switch to: a name in /etc/passwd, or a number.",
                 Text::not_empty);
  schema.setting("sandbox", sandbox,
                 "Give up, as far as the kernel allows, what serving does not need: new "
                 "privileges, files other than those that are reloaded and the folders they are "
                 "in (Landlock), new TCP sockets, signals to other processes. The log says at "
                 "startup what was given up.");
  schema.setting("system_call_filter", system_call_filter,
                 "Refuse system calls that serving does not need (seccomp), with EPERM. For "
                 "production: a debugger, a profiler or another library may need more.");
}

void describe_section(Schema& schema, PrivilegesConfig& config) {
  schema.section("privileges", config, "Privileges that the program drops once it has started.");
}

}  // namespace gyre::config
