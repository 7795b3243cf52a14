#pragma once
// Answers libzmq's questions about who may connect (zap.hpp), on a thread of its own that never
// waits for anybody but them. One for each context: the address is fixed by ZAP. For this folder.

#include <atomic>
#include <memory>
#include <thread>

#include "common/base/result.hpp"
#include "common/base/wakeup.hpp"
#include "common/bus/context.hpp"
#include "common/bus/curve.hpp"

namespace sealbus::bus {

class ZapHandler {
 public:
  // Ready for questions when it returns. The context and `admission` outlive it.
  [[nodiscard]] static base::OrError<std::unique_ptr<ZapHandler>> start(Context& context,
                                                                        Admission& admission);
  // Whoever asks from now on is not answered, and not admitted.
  ~ZapHandler();
  ZapHandler(const ZapHandler&) = delete;
  ZapHandler& operator=(const ZapHandler&) = delete;

 private:
  struct Close {
    void operator()(void* socket) const;
  };

  ZapHandler(std::unique_ptr<void, Close> socket, Admission& admission)
      : socket_(std::move(socket)), admission_(admission) {}
  void run();
  // True: there was a question.
  [[nodiscard]] bool answer_one();
  void wait();

  std::unique_ptr<void, Close> socket_;  // the thread's alone, once it runs
  Admission& admission_;
  base::Wakeup wakeup_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace sealbus::bus
