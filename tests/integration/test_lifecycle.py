"""Startup and stop: exit codes, messages, signals, privileges."""

import functools
import grp
import os
import pwd
import re
import resource
import signal
import socket
import subprocess
import tempfile
import unittest
import unittest.mock

from bep15 import announce_request, connect_request, info_hash
from tracker import OWN_HOST, TrackerTest, run_binary


class OptionsTest(unittest.TestCase):
    def test_version(self):
        result = run_binary("-v")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"\A(gyre_udp )?\d+\.\d+\.\d+\n\Z")

    def test_help_names_every_option(self):
        result = run_binary("-h")
        self.assertEqual(result.returncode, 0)
        for option in ("-c", "-p", "-P", "-h", "-v"):
            self.assertIn(option, result.stdout)

    def test_the_printed_default_is_a_configuration(self):
        printed = run_binary("-p")
        self.assertEqual((printed.returncode, printed.stderr), (0, ""))
        self.assertIn("#", printed.stdout)
        with configuration(printed.stdout) as path:
            effective = run_binary("-P", "-c", path)
            self.assertEqual((effective.returncode, effective.stderr), (0, ""))
            self.assertEqual(without_comments(effective.stdout), without_comments(printed.stdout))

    def test_the_environment_overrides_the_file(self):
        text = "socket_workers = 3\n[protocol]\npeer_announce_interval = 901\n"
        with configuration(text) as path:
            result = run_binary("-P", "-c", path, settings={"socket_workers": 5})
        self.assertRegex(result.stdout, r"(?m)^socket_workers = 5$")
        self.assertRegex(result.stdout, r"(?m)^peer_announce_interval = 901$")


class BadStartTest(unittest.TestCase):
    """What cannot work ends at once with a nonzero status and a line that says where and why."""

    def assert_refused(self, result, *expected):
        self.assertGreater(result.returncode, 0, "an exit code, and no signal")
        for text in expected:
            self.assertIn(text, result.stderr)

    def test_bad_configurations(self):
        cases = {
            "an unknown key": ("\nsocket_worker = 2\n", 2, "socket_worker"),
            "an unknown section": ("[nonsense]\nkey = 1\n", 1, "nonsense"),
            "a wrong type": ("socket_workers = 'two'\n", 1, "socket_workers"),
            "out of range": ("socket_workers = -1\n", 1, "socket_workers"),
            "no TOML": ("socket_workers = 1\n= =\n", 2, ""),
            "a bad address": ("[network]\naddress_ipv4 = 'nowhere'\n", 2, "address_ipv4"),
            "a bad choice": ("[access_list]\nmode = 'maybe'\n", 2, "mode"),
        }
        for name, (text, line, key) in cases.items():
            with self.subTest(name), configuration(text) as path:
                self.assert_refused(run_binary("-c", path), f"{path}:{line}", key)

    def test_a_missing_configuration(self):
        self.assert_refused(run_binary("-c", "/nonexistent.toml"), "/nonexistent.toml")

    def test_a_bad_environment(self):
        result = run_binary(settings={"network.use_ipv4": "perhaps"})
        self.assert_refused(result, "GYRE_NETWORK__USE_IPV4")

    def test_an_unknown_option(self):
        self.assert_refused(run_binary("--nonsense"), "--nonsense")

    def test_no_family_at_all(self):
        result = run_binary(settings={"network.use_ipv4": False, "network.use_ipv6": False})
        self.assert_refused(result, "use_ipv4")

    def test_a_port_in_use(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
            holder.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{holder.getsockname()[1]}"
            result = run_binary(settings={"network.address_ipv4": address,
                                          "network.use_ipv6": False})
        self.assert_refused(result, address, "in use")

    def test_addresses_that_collide_with_each_other(self):
        twice = "[\"127.0.0.1:3999\", \"127.0.0.1:3999\"]"
        with_wildcard = "[\"0.0.0.0:3999\", \"127.0.0.1:3999\"]"
        for addresses in (twice, with_wildcard):
            with configuration(f"[network]\naddress_ipv4 = {addresses}\n") as path:
                result = run_binary("-c", path)
                self.assert_refused(result, "network.address_ipv4", "127.0.0.1:3999")
        with configuration("[network]\nset_only_ipv6 = false\n") as path:
            self.assert_refused(run_binary("-c", path), "network.set_only_ipv6", "0.0.0.0:3000")

    def test_a_fifo_in_place_of_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            fifo = os.path.join(folder, "fifo")
            os.mkfifo(fifo, 0o600)
            local = {"network.address_ipv4": "127.0.0.1:0", "network.use_ipv6": False}
            for key in ("access_list.path", "protocol.connection_id_secret_path"):
                settings = local | {"access_list.mode": "deny", key: fifo}
                self.assert_refused(run_binary(settings=settings), fifo, "not a regular file")

    def test_too_little_memory_for_the_workers(self):
        """A worker that cannot start ends the process and does not leave it waiting."""
        if "GYRE_SANITIZED" in os.environ:
            self.skipTest("sanitizers need more address space than the limit leaves")
        limit = 80 << 20
        preexec = functools.partial(resource.setrlimit, resource.RLIMIT_AS, (limit, limit))
        process = subprocess.run(
            [os.environ["GYRE_UDP"]], preexec_fn=preexec, timeout=20, capture_output=True,
            check=False, env=os.environ | {"GYRE_NETWORK__ADDRESS_IPV4": "127.0.0.1:0",
                                           "GYRE_NETWORK__USE_IPV6": "false",
                                           "GYRE_SOCKET_WORKERS": "1",
                                           "GYRE_NETWORK__RING_SIZE": "16384",
                                           "GYRE_PROTOCOL__MAX_PAYLOAD_IPV4": "4096"})
        self.assertNotEqual(process.returncode, 0)

    def test_an_address_of_another_host(self):
        result = run_binary(settings={"network.address_ipv4": "192.0.2.1:0",
                                      "network.use_ipv6": False})
        self.assert_refused(result, "192.0.2.1")

    def test_the_metrics_port_in_use(self):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            address = f"127.0.0.1:{holder.getsockname()[1]}"
            result = run_binary(settings={
                "network.address_ipv4": "127.0.0.1:0", "network.use_ipv6": False,
                "metrics.run_prometheus_endpoint": True,
                "metrics.prometheus_endpoint_address": address})
        self.assert_refused(result, address, "in use")


class LogTest(TrackerTest):
    def test_the_log_tells_addresses_and_readiness(self):
        tracker = self.start_tracker({"network.use_ipv6": True, "socket_workers": 2})
        tracker.wait_for_log(r"\bready\b")
        log = tracker.log()
        self.assertEqual(len(re.findall(r"listening on udp://127\.0\.0\.1:\d+$", log, re.M)), 1)
        self.assertEqual(len(re.findall(r"listening on udp://\[::1\]:\d+$", log, re.M)), 1)
        self.assertRegex(log, r"announce URL: udp://\S+:\d+/announce")
        self.assertRegex(log.splitlines()[-1], r"\bready\b")


class EveryValueTest(TrackerTest):
    """The program starts with anything that the configuration accepts."""

    def test_log_levels(self):
        for level in ("off", "error", "warn", "info", "debug", "trace"):
            with self.subTest(level):
                self.start_tracker({"log_level": level}).stop()

    def test_ring_sizes(self):
        for size in (16, 17, 32, 33, 16384):
            with self.subTest(size):
                tracker = self.start_tracker({"network.ring_size": size})
                self.client_of(tracker).announce(info_hash(1), 1001)
                tracker.stop()


class ShutdownTest(TrackerTest):
    def test_either_signal_ends_the_process_with_zero(self):
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal_number.name):
                tracker = self.start_tracker({"socket_workers": 2})
                self.client_of(tracker).announce(info_hash(1))
                tracker.signal(signal_number)
                tracker.expect_clean_exit()

    def test_what_was_received_is_answered(self):
        tracker = self.start_tracker()
        client = self.client_of(tracker)
        connection = client.connect()
        # As many as a receive buffer of default size certainly holds.
        requests = [announce_request(connection, info_hash(n), 1001, transaction=n)
                    for n in range(100)]
        for request in requests:
            client.send(request)
        tracker.signal(signal.SIGTERM)
        answered = {client.receive()[4:8] for _ in requests}
        self.assertEqual(answered, {request[12:16] for request in requests})
        tracker.expect_clean_exit()

    def test_a_successor_may_have_the_port_at_once(self):
        settings = {"network.address_ipv4": f"{OWN_HOST}:0", "socket_workers": 2}
        for _ in range(3):
            tracker = self.start_tracker(settings)
            host, port = tracker.endpoint()
            settings["network.address_ipv4"] = f"{host}:{port}"
            self.client_of(tracker).announce(info_hash(1))
            tracker.signal(signal.SIGTERM)
            tracker.expect_clean_exit()


@unittest.skipIf(os.geteuid() != 0, "dropping privileges needs root")
class PrivilegesTest(TrackerTest):
    def setUp(self):
        # The leak detector needs /proc at exit, which a chroot does not have.
        without_leaks = unittest.mock.patch.dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        without_leaks.start()
        self.addCleanup(without_leaks.stop)

    def status(self, tracker, field):
        with open(f"/proc/{tracker.process.pid}/status", encoding="ascii") as status:
            return re.search(rf"^{field}:\s+(.*)$", status.read(), re.M)[1].split()

    def test_user_and_group_are_given_up(self):
        tracker = self.start_tracker({"privileges.drop_privileges": True, "socket_workers": 2})
        nobody = pwd.getpwnam("nobody").pw_uid
        nogroup = grp.getgrnam("nogroup").gr_gid
        self.assertEqual(self.status(tracker, "Uid"), [str(nobody)] * 4)
        self.assertEqual(self.status(tracker, "Gid"), [str(nogroup)] * 4)
        self.assertIn(self.status(tracker, "Groups"), ([], [str(nogroup)]))
        self.client_of(tracker).announce(info_hash(1))

    def test_chroot(self):
        with tempfile.TemporaryDirectory() as folder:
            tracker = self.start_tracker({"privileges.drop_privileges": True,
                                          "privileges.chroot_path": folder})
            self.assertEqual(os.readlink(f"/proc/{tracker.process.pid}/root"), folder)
            self.client_of(tracker).announce(info_hash(1))

    def test_an_unknown_user_stops_the_start(self):
        result = run_binary(settings={"privileges.drop_privileges": True,
                                      "privileges.user": "no-such-user",
                                      "network.address_ipv4": "127.0.0.1:0",
                                      "network.use_ipv6": False})
        self.assertGreater(result.returncode, 0)
        self.assertIn("no-such-user", result.stderr)


class SignalsTest(TrackerTest):
    def test_reload_without_an_access_list_changes_nothing(self):
        tracker = self.start_tracker()
        client = self.client_of(tracker)
        client.announce(info_hash(1), 1001)
        tracker.signal(signal.SIGHUP)
        tracker.signal(signal.SIGUSR1)
        client.exchange(connect_request(7))
        self.assertEqual(client.announce(info_hash(1), 1002).peers, [("127.0.0.1", 1001)])
        tracker.wait_for_log("reload: no files are configured")


class configuration:
    """A configuration file with `text`, for a with block."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        self.file = tempfile.NamedTemporaryFile("w", suffix=".toml")
        self.file.write(self.text)
        self.file.flush()
        return self.file.name

    def __exit__(self, *_):
        self.file.close()


def without_comments(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


if __name__ == "__main__":
    unittest.main()
