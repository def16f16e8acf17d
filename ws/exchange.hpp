// What workers tell each other: a box of mail for each, and how to wake its owner. Between the
// workers of one tracker; it reads nothing.
//
// What a full box does: a request is refused there and then, which its sender is told; a response
// is dropped, as if the client did not read. That a connection has gone, and one that moves, always
// find room: there are no more of them than connections.
//
// Threading: post() by any worker, take() by its own.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/io/mailbox.hpp"
#include "common/transport/transport.hpp"
#include "ws/connection.hpp"
#include "ws/connection_ref.hpp"
#include "ws/courier.hpp"
#include "ws/replies.hpp"

namespace gyre::ws {

// A scrape goes from worker to worker, who each fill in what they own; the last one answers.
struct ScrapeRound {
  Family family = Family::ipv4;  // of who asks
  bool is_list = false;          // and not one torrent by itself
  std::vector<InfoHash> info_hashes;
  std::vector<ScrapeRow> rows;

  std::size_t size() const { return rows.size() * (sizeof(InfoHash) + sizeof(ScrapeRow)); }
};

struct Mail {
  enum class Kind : std::uint8_t {
    request,     // `text`: a message of the connection, for the worker that owns its torrent
    scrape,      //
    response,    // `text`: a message to the connection
    probe,       // ping the connection
    forget,      // the connection has gone
    connection,  // it moves here
  };
  Kind kind = Kind::request;
  Response response = Response::announce;
  ConnectionRef connection = {};
  ClientAddress address = {};        // of a request
  std::uint32_t offers_max = 0;      // of a request
  std::vector<std::byte> text = {};  // of a request: message_padding bytes behind it
  std::unique_ptr<ScrapeRound> scrape = {};
  std::unique_ptr<MovingConnection> moving = {};
};

class Exchange {
 public:
  // Of each box, beside what always finds room.
  static constexpr io::MailboxLimits default_limits{.count_max = 16'384,
                                                    .size_max = std::size_t{32} << 20};

  explicit Exchange(std::uint32_t worker_count, const io::MailboxLimits& limits = default_limits) {
    for (std::uint32_t i = 0; i < worker_count; ++i) {
      boxes_.push_back(std::make_unique<io::Mailbox<Mail>>(limits));
    }
  }

  std::uint32_t worker_count() const { return static_cast<std::uint32_t>(boxes_.size()); }

  // From now on the worker is woken by its ring.
  void open(std::uint32_t worker, io::RingId ring) { boxes_[worker]->open(ring); }

  // If it is not accepted, the mail stays the caller's.
  io::Posted post(std::uint32_t worker, Mail&& mail) {
    const std::size_t size = mail.text.size() + (mail.scrape ? mail.scrape->size() : 0);
    const bool is_bounded = mail.kind == Mail::Kind::forget || mail.kind == Mail::Kind::connection;
    io::Mailbox<Mail>& box = *boxes_[worker];
    return is_bounded ? box.post_always(std::move(mail), size) : box.post(std::move(mail), size);
  }

  // Everything that has been posted to `worker`, in its order from each other one. False: nothing.
  bool take(std::uint32_t worker, std::vector<Mail>& mails) { return boxes_[worker]->take(mails); }

 private:
  std::vector<std::unique_ptr<io::Mailbox<Mail>>> boxes_;
};

}  // namespace gyre::ws
