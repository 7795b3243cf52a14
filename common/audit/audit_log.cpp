#include "common/audit/audit_log.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

namespace sealbus::audit {
namespace {

// So long lines gather after a batch: under load there are few system calls, and nobody has to wake
// the thread.
constexpr int kGatherMillis = 20;
constexpr std::size_t kBatchEntries = 1'024;
constexpr std::size_t kBatchBytes = 262'144;

std::string last_error() { return std::generic_category().message(errno); }

}  // namespace

// Appends whole batches to a file, one after the other.
class AuditLog::File {
 public:
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // On failure the file that was open before stays so; gives why, or nothing. Not blocking: what is
  // no ordinary file must not stop the process either.
  std::string open(const std::filesystem::path& path) {
    constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    const int fd = ::open(path.c_str(), kFlags, S_IRUSR | S_IWUSR);
    if (fd < 0) return last_error();
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
    torn_ = false;
    return {};
  }

  // Gives why not everything could be written, or nothing; and the bytes that were.
  std::string write(std::string_view lines, std::size_t& written) {
    written = 0;
    // The rest of a line that could not be written to its end must not spoil the next.
    if (torn_ && ::write(fd_, "\n", 1) != 1) return last_error();
    torn_ = false;
    while (written < lines.size()) {
      const ssize_t count = ::write(fd_, lines.data() + written, lines.size() - written);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        const std::string error = last_error();
        torn_ = written > 0 && lines[written - 1] != '\n';
        return error;
      }
      written += static_cast<std::size_t>(count);
    }
    return {};
  }

 private:
  int fd_ = -1;
  bool torn_ = false;
};

base::OrError<std::unique_ptr<AuditLog>> AuditLog::open(Options options, const base::Clock& clock) {
  std::unique_ptr<File> file;
  if (!options.file.empty()) {
    file = std::make_unique<File>();
    if (const std::string error = file->open(options.file); !error.empty()) {
      return base::error(
          fmt::format("audit.file: {} cannot be written: {}", options.file.string(), error));
    }
  }
  return std::unique_ptr<AuditLog>(new AuditLog(std::move(options), std::move(file), clock));
}

AuditLog::AuditLog(Options options, std::unique_ptr<File> file, const base::Clock& clock)
    : options_(std::move(options)),
      file_(std::move(file)),
      queue_(options_.queue),
      complaints_(clock, 1) {}

AuditLog::~AuditLog() {
  stopping_ = true;
  wakeup_.notify();
  if (thread_.joinable()) thread_.join();
}

void AuditLog::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "audit");
    run();
  });
}

void AuditLog::record(Entry entry) {
  if (!queue_.try_push(entry)) {
    ++overflown_;
  } else {
    ++recorded_;
    wakeup_.notify();
  }
}

void AuditLog::reopen() {
  reopen_ = true;
  wakeup_.notify();
}

void AuditLog::flush() {
  const std::uint64_t wanted = recorded_;
  for (std::uint64_t done = done_; done < wanted; done = done_) done_.wait(done);
}

// ---------------------------------------------------------------- the thread

void AuditLog::run() {
  while (true) {
    const bool last = stopping_;
    bool wrote = false;
    while (write_batch()) wrote = true;
    begin_new_file_if_asked();
    report_losses();
    if (last) return;
    wait(wrote);
  }
}

void AuditLog::wait(bool wrote) {
  if (wrote && !stopping_) ::poll(nullptr, 0, kGatherMillis);
  wakeup_.arm();
  if (queue_.empty() && !stopping_ && !reopen_) {
    pollfd fd{wakeup_.fd(), POLLIN, 0};
    ::poll(&fd, 1, -1);
  }
  wakeup_.disarm();
}

bool AuditLog::write_batch() {
  std::string lines;
  std::size_t taken = 0;
  while (taken < kBatchEntries && lines.size() < kBatchBytes) {
    const auto entry = queue_.try_pop();
    if (!entry) break;
    ++taken;
    if (file_) {
      append_json(lines, *entry);
    } else if (log::enabled(log::Level::info)) {
      append_log_line(lines, *entry, options_.format);
    }
  }
  if (taken == 0) return false;
  begin_new_file_if_asked();  // before what was recorded after that
  std::size_t kept = taken;
  if (!file_) {
    log::write_lines(lines);
  } else {
    std::size_t bytes = 0;
    error_ = file_->write(lines, bytes);
    const auto whole = std::string_view(lines).substr(0, bytes);
    if (!error_.empty()) {
      kept = static_cast<std::size_t>(std::count(whole.begin(), whole.end(), '\n'));
    }
  }
  written_ += kept;
  unwritten_ += taken - kept;
  done_ += taken;
  done_.notify_all();
  return true;
}

void AuditLog::begin_new_file_if_asked() {
  if (!reopen_.exchange(false) || !file_) return;
  const std::string error = file_->open(options_.file);
  if (error.empty()) return log::info("Audit: {} was opened anew", options_.file.string());
  log::error("Audit: {} cannot be opened anew, and the old file goes on: {}",
             options_.file.string(), error);
}

void AuditLog::report_losses() {
  const std::uint64_t all = lost();
  if (all == reported_ || !(complaints_.admit() || stopping_)) return;
  log::error("Audit: {} entries were lost: {}", all - reported_,
             unwritten_ == 0  ? "too many at once"
             : error_.empty() ? "see above"
                              : error_);
  reported_ = all;
}

}  // namespace sealbus::audit
