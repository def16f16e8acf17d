// One client of the metrics endpoint: reads a request, writes the response, waits for the client to
// close. Each advance() makes one system call, so that no client keeps the thread from the others.
// Deadlines are kept by the endpoint.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/fd.hpp"
#include "common/http1/request_head.hpp"
#include "common/metrics/responses.hpp"

namespace gyre::metrics {

class EndpointClient {
 public:
  EndpointClient(Fd socket, std::uint64_t opened_ns)
      : socket_(std::move(socket)), opened_ns_(opened_ns) {}

  int fd() const { return socket_.get(); }
  std::uint64_t opened_ns() const { return opened_ns_; }
  bool is_closed() const { return state_ == State::closed; }
  bool is_asking() const { return state_ == State::reading; }     // the request is not whole
  bool is_answered() const { return state_ == State::draining; }  // the kernel has the response
  short wanted_events() const;                                    // for poll

  // To be called when poll(2) reports anything for the socket.
  void advance(const Site& site);

 private:
  // After the response comes `draining`: closing while the client still sends would reset the
  // connection, and the client might lose the response.
  enum class State : std::uint8_t { reading, writing, draining, closed };

  void read_request(const Site& site);
  void write_response();
  void drain();

  Fd socket_;
  std::uint64_t opened_ns_;
  State state_ = State::reading;
  std::array<char, http1::head_size_max> input_{};
  std::size_t input_size_ = 0;
  std::string output_;
  std::size_t written_ = 0;
};

}  // namespace gyre::metrics
