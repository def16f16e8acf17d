// What a client makes of what it is sent.
#include <algorithm>
#include <utility>

#include "common/base/check.hpp"
#include "common/base/clock.hpp"
#include "load-test/ws/client.hpp"

namespace gyre::load_test::ws {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t since(std::uint64_t time_ns) {
  const std::uint64_t now_ns = monotonic_ns();
  return now_ns - std::min(now_ns, time_ns);
}

}  // namespace

// False: nothing more is to be read at present.
bool Client::take_event(const gyre::ws::MessageReader::Result& result) {
  switch (result.event) {
    case Event::none:
      return false;
    case Event::message:
      take_message(result.payload, result.compressed);
      return true;
    case Event::ping:
      add(Count::pings);
      append_frame(context_->output, gyre::ws::Opcode::pong, result.payload);
      return true;
    case Event::pong:
      return true;
    case Event::close:
      add(Count::closes);
      append_frame(context_->output, gyre::ws::Opcode::close, {});
      send(context_->output);
      context_->output.clear();
      if (connection_) end_by_tracker();
      return false;
    case Event::invalid:
    case Event::no_memory:
      break;
  }
  add(Count::malformed);
  if (request_) add(Count::lost);
  close();
  return false;
}

void Client::take_message(std::span<std::byte> payload, bool compressed) {
  if (context_->config.echo) return take_echo(payload);
  if (!compressed) return take_json(payload);
  const auto inflated = context_->inflater.inflate(payload, context_->inflated);
  if (!inflated) return add(Count::malformed);
  take_json(*inflated);
}

// What is not as expected in the form that it came in may be in another one.
void Client::take_json(std::span<const std::byte> json) {
  if (!try_json(text_of(json))) return;
  const auto canonical = context_->canonicalizer.canonical(json);
  const auto fault = canonical ? try_json(*canonical) : Count::malformed;
  if (fault) add(*fault);
}

std::optional<Count> Client::try_json(std::string_view json) {
  const auto message = parse_compact(json);
  if (!message) return Count::malformed;
  return is_idle() ? act_on_idle(*message) : act_on(*message);
}

std::optional<Count> Client::act_on(const ReceivedMessage& message) {
  if (message.kind == MessageKind::scrape_reply) {
    return end_request(Kind::scrape, Count::scrape_responses);
  }
  if (message.kind == MessageKind::error) {
    add(Count::error_responses);
    had_error_ = true;
    return request_ ? end_request(*request_, {}) : std::nullopt;
  }
  const auto verified = context_->verifier.verify(message, number_);
  if (!verified) return verified.error();
  if (message.kind == MessageKind::reply) {
    return end_request(Kind::announce, Count::announce_responses);
  }
  if (message.kind == MessageKind::answer) return take_answer(verified->offer);
  take_offer(*verified);
  return std::nullopt;
}

std::optional<Count> Client::act_on_idle(const ReceivedMessage& message) {
  if (message.kind == MessageKind::error) {
    add(Count::error_responses);
    return std::nullopt;
  }
  if (message.kind != MessageKind::reply) return Count::wrong_peer;
  joined_ = true;
  return end_request(Kind::announce, Count::announce_responses);
}

// `response` is what to count, if anything. The fault: there was no such request.
std::optional<Count> Client::end_request(Kind kind, std::optional<Count> response) {
  if (request_ != kind) {
    // An error may have been about an answer, and its request is replied to after all.
    if (!std::exchange(had_error_, false)) return Count::unexpected_reply;
  } else {
    DCHECK(context_->in_flight > 0);
    context_->worker.statistics().reply_latency.record(since(due_ns_));
    request_.reset();
    --context_->in_flight;
  }
  if (response) add(*response);
  return std::nullopt;
}

void Client::take_offer(const Verified& offered) {
  add(Count::peers);
  const bool can_answer = unsent_.size() + context_->output.size() < unsent_size_max;
  const double probability = context_->config.answer_probability;
  if (!can_answer || !context_->random.chance(probability)) return;
  DCHECK(offered.offer.connection != number_);
  const auto frame = outgoing_[offered.swarm].answer(offered.offer);
  context_->output.insert(context_->output.end(), frame.begin(), frame.end());
  add(Count::answers_sent);
}

std::optional<Count> Client::take_answer(const OfferNumber& offer) {
  DCHECK(offer.connection == number_);
  const auto due_ns = sent_offers_->answer(offer);
  if (!due_ns) return due_ns.error();
  add(Count::answers_received);
  if (*due_ns) {
    add(Count::offers_answered);
    context_->worker.statistics().latency.record(since(**due_ns));
  }
  return std::nullopt;
}

void Client::take_echo(std::span<const std::byte> payload) {
  if (text_of(payload) != echo_) return add(Count::malformed);
  if (echoes_due_ == 0) return add(Count::unexpected_reply);
  add(Count::announce_responses);
  context_->worker.statistics().latency.record(since(due_ns_));
  if (--echoes_due_ == 0) end_request(Kind::announce, {});
}

}  // namespace gyre::load_test::ws
