#pragma once
// Keeps a second ingress out of a state directory: two would give one message two fates.

#include <filesystem>
#include <utility>

#include "common/base/result.hpp"

namespace sealbus::app {

// Holds the lock as long as it lives; the system takes it back when the process ends.
class StateLock {
 public:
  // Makes the directory (0700) if it is not there. An empty path: nothing to lock.
  [[nodiscard]] static base::OrError<StateLock> take(const std::filesystem::path& directory);

  StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  StateLock& operator=(StateLock&&) = delete;
  ~StateLock();

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace sealbus::app
