#pragma once
// Where audit entries go: a file of JSON lines, or the process's log. A thread of its own writes
// them in batches, so whoever decides never waits. What cannot be kept is counted and said in the
// log: nothing is lost in silence.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "common/audit/entry.hpp"
#include "common/base/bounded_queue.hpp"
#include "common/base/result.hpp"
#include "common/base/wakeup.hpp"

namespace sealbus::audit {

class AuditLog {
 public:
  struct Options {
    std::filesystem::path file;              // empty: the process's log
    log::Format format = log::Format::text;  // of the process's log
    std::size_t queue = 8'192;               // entries that may wait to be written
  };

  // Opens the file, to append to it; makes it for its owner only (0600) if it is not there. The
  // error says why it cannot be written. Nothing is written before start(). `clock` outlives it.
  [[nodiscard]] static base::OrError<std::unique_ptr<AuditLog>> open(Options options,
                                                                     const base::Clock& clock);
  // Writes what is left. Nobody may record any more.
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Starts the thread; once.
  void start();

  // Any thread; takes no lock and never waits. The line is out within 100 ms.
  void record(Entry entry);

  // Any thread: the file was moved away, and a new one is to be begun under the same name. The old
  // one is kept if that fails. What is recorded after this goes to the new one.
  void reopen();

  // Returns when all that was recorded before is written or lost; after start().
  void flush();

  // Entries. Any thread.
  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] std::uint64_t lost() const { return overflown_ + unwritten_; }

 private:
  class File;
  AuditLog(Options options, std::unique_ptr<File> file, const base::Clock& clock);

  void run();
  void wait(bool wrote);
  // Writes one batch; false: there was nothing.
  bool write_batch();
  void begin_new_file_if_asked();
  void report_losses();

  const Options options_;
  std::unique_ptr<File> file_;  // null: the process's log
  base::BoundedQueue<Entry> queue_;
  base::Wakeup wakeup_;
  log::Limiter complaints_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> reopen_{false};
  std::atomic<std::uint64_t> recorded_{0};  // taken into the queue
  std::atomic<std::uint64_t> done_{0};      // and out of it, written or not
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> overflown_{0};  // found the queue full
  std::atomic<std::uint64_t> unwritten_{0};  // could not be written
  // The thread's alone.
  std::string error_;
  std::uint64_t reported_ = 0;
  std::thread thread_;
};

}  // namespace sealbus::audit
