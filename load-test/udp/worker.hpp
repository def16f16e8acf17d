// One thread of the load test of a UDP tracker: sends requests from its sockets, and takes and
// checks responses.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "load-test/udp/client.hpp"
#include "load-test/udp/config.hpp"
#include "load-test/udp/receiver.hpp"
#include "load-test/udp/request_source.hpp"
#include "load-test/worker.hpp"

namespace gyre::load_test::udp {

class Worker final : public load_test::Worker {
 public:
  // Opens the sockets. The settings and the peers, which are those of all workers, outlive it.
  static std::expected<std::unique_ptr<Worker>, std::string> create(const Config& config,
                                                                    std::uint32_t index,
                                                                    std::span<const Peer> peers,
                                                                    const Phase& first_phase);

 private:
  Worker(const Config& config, std::uint32_t index, std::span<const Peer> peers,
         const Phase& first_phase);

  bool advance() override;
  bool keep_connected() override;
  bool ask_all() override;
  bool ask_due(Schedule& schedule) override;
  void expire() override;
  bool is_ready() const override;
  bool is_waiting() const override;
  std::uint64_t connect_time_max_ns() const override;
  std::string not_connected() const override;

  bool receive(Client& client);
  void take(Client& client, std::span<const std::byte> datagram, std::uint64_t now_ns);
  void accept(Client& client, const gyre::udp::Response& response, const Request& request,
              std::uint64_t now_ns);
  void ask(Client& client, Kind kind, std::uint64_t due_ns);
  void flush(Client& client);
  Client* next_askable_client();

  const Config& config_;
  std::uint32_t batch_size_min_;  // fewer requests are not sent yet, so that batches are long
  RequestSource source_;
  Receiver receiver_;
  std::vector<Client> clients_;
  std::size_t next_client_ = 0;
};

}  // namespace gyre::load_test::udp
