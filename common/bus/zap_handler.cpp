#include "common/bus/zap_handler.hpp"

#include <array>
#include <csignal>
#include <system_error>
#include <utility>

#include <zmq.h>

#include "common/bus/transfer.hpp"
#include "common/bus/zap.hpp"

namespace sealbus::bus {
namespace {

constexpr const char* kAddress = "inproc://zeromq.zap.01";
// Of a question; one that is larger is read, and is malformed.
constexpr MessageLimits kLimits{base::ByteCount{4'096}, 8};

}  // namespace

void ZapHandler::Close::operator()(void* socket) const {
  zmq_unbind(socket, kAddress);  // at once, for the next router; closing takes its time
  zmq_close(socket);
}

base::OrError<std::unique_ptr<ZapHandler>> ZapHandler::start(Context& context,
                                                             Admission& admission) {
  std::unique_ptr<void, Close> socket(zmq_socket(context.handle(), ZMQ_REP));
  const int linger = 0;
  const bool bound = socket &&
                     zmq_setsockopt(socket.get(), ZMQ_LINGER, &linger, sizeof linger) == 0 &&
                     zmq_bind(socket.get(), kAddress) == 0;
  if (!bound) return zmq_error_for("cannot watch over who connects to the bus");
  std::unique_ptr<ZapHandler> handler(new ZapHandler(std::move(socket), admission));
  try {
    handler->thread_ = std::thread([&it = *handler] { it.run(); });
  } catch (const std::system_error& failure) {
    return base::error(std::string("cannot start the thread that admits peers: ") + failure.what());
  }
  return handler;
}

ZapHandler::~ZapHandler() {
  stopping_ = true;
  wakeup_.notify();
  if (thread_.joinable()) thread_.join();
}

void ZapHandler::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
  while (!stopping_) {
    if (!answer_one()) wait();
  }
}

bool ZapHandler::answer_one() {
  Frame first;
  if (!receive_frame(socket_.get(), first)) return false;
  auto question = receive_rest(socket_.get(), std::move(first), kLimits);
  if (!std::holds_alternative<Message>(question)) question = Message();  // and so is malformed
  ZapVerdict verdict = judge_zap(std::get<Message>(question), admission_);
  if (!verdict.why.empty()) admission_.turned_away(verdict.address, verdict.why);
  // A REP socket drops what nobody waits for any more, and is ready for the next question.
  static_cast<void>(send_message(socket_.get(), verdict.reply));
  return true;
}

void ZapHandler::wait() {
  wakeup_.arm();
  if (!stopping_) {
    std::array<zmq_pollitem_t, 2> items{
        {{socket_.get(), 0, ZMQ_POLLIN, 0}, {nullptr, wakeup_.fd(), ZMQ_POLLIN, 0}}};
    zmq_poll(items.data(), static_cast<int>(items.size()), -1);
  }
  wakeup_.disarm();
}

}  // namespace sealbus::bus
