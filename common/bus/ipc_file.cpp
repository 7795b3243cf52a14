#include "common/bus/ipc_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace sealbus::bus {
namespace {

tl::unexpected<base::Error> error_at(const std::string& path, int number) {
  return base::error("ipc://" + path + ": " + std::generic_category().message(number));
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int open_stream() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

bool somebody_listens(const sockaddr_un& address) {
  const int probe = open_stream();
  if (probe < 0) return true;
  const bool refused =
      connect(probe, generic(address), sizeof address) != 0 && errno == ECONNREFUSED;
  close(probe);
  return !refused;
}

base::OrError<void> make_room(const std::string& path, const sockaddr_un& address) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::exists(folder) && mkdir(folder.c_str(), 0700) != 0) {
    return error_at(folder.string(), errno);
  }
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return error_at(path, errno);
  }
  if (!S_ISSOCK(found.st_mode)) return base::error("ipc://" + path + ": there is another file");
  if (somebody_listens(address)) return error_at(path, EADDRINUSE);
  if (unlink(path.c_str()) != 0) return error_at(path, errno);
  return {};
}

}  // namespace

base::OrError<IpcFile> IpcFile::listen(const std::string& path, int backlog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return error_at(path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  if (auto room = make_room(path, address); !room) return tl::make_unexpected(room.error());
  IpcFile made;
  made.descriptor_ = open_stream();
  // Before the bind: Linux gives the file the mode that the socket has, so there is no moment at
  // which it stands open to others.
  if (made.descriptor_ < 0 || fchmod(made.descriptor_, 0600) != 0 ||
      bind(made.descriptor_, generic(address), sizeof address) != 0) {
    return error_at(path, errno);
  }
  made.path_ = path;
  struct stat file {};
  if (lstat(path.c_str(), &file) != 0 || ::listen(made.descriptor_, backlog) != 0) {
    return error_at(path, errno);
  }
  made.device_ = file.st_dev;
  made.inode_ = file.st_ino;
  return made;
}

IpcFile::~IpcFile() {
  if (descriptor_ >= 0) close(descriptor_);
  struct stat found {};
  const bool ours = !path_.empty() && lstat(path_.c_str(), &found) == 0 &&
                    found.st_dev == device_ && found.st_ino == inode_;
  if (ours) unlink(path_.c_str());
}

IpcFile::IpcFile(IpcFile&& other) noexcept { swap(other); }

IpcFile& IpcFile::operator=(IpcFile&& other) noexcept {
  IpcFile taken(std::move(other));
  swap(taken);
  return *this;
}

void IpcFile::swap(IpcFile& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
}

}  // namespace sealbus::bus
