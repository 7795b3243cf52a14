#pragma once
// The file of a listening ipc socket: readable and writable by its owner alone from its first
// moment on, never taken from a process that still listens, and removed at the end. For this
// folder.

#include <string>

#include <sys/types.h>

#include "common/base/result.hpp"

namespace sealbus::bus {

class IpcFile {
 public:
  // A listening socket at `path`, mode 0600. Makes the folder (mode 0700) if it does not exist; a
  // socket that a dead process left is replaced; anything else at that path is an error.
  [[nodiscard]] static base::OrError<IpcFile> listen(const std::string& path, int backlog);

  IpcFile() = default;
  // Removes the file, if it is still the one that was made here.
  ~IpcFile();
  IpcFile(IpcFile&& other) noexcept;
  IpcFile& operator=(IpcFile&& other) noexcept;
  IpcFile(const IpcFile&) = delete;
  IpcFile& operator=(const IpcFile&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  // Somebody else closes the descriptor from now on; the file stays ours.
  void release() { descriptor_ = -1; }

 private:
  void swap(IpcFile& other) noexcept;

  int descriptor_ = -1;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace sealbus::bus
