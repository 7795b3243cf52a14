#include "sidecar/state_lock.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sealbus::app {

base::OrError<StateLock> StateLock::take(const std::filesystem::path& directory) {
  if (directory.empty()) return StateLock(-1);
  std::error_code failed;
  if (std::filesystem::create_directories(directory, failed)) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failed);
  }
  const std::string file = (directory / "lock").string();
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return base::error(fmt::format("state_dir: {}: {}", file, std::strerror(errno)));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return base::error(
        fmt::format("state_dir: {}: another process holds it; each ingress has its own", file));
  }
  return StateLock(fd);
}

StateLock::~StateLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace sealbus::app
