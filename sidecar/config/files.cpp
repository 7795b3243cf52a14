#include "sidecar/config/files.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "common/base/secret.hpp"

namespace sealbus::settings {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<base::Error> last_error() {
  return base::error(std::generic_category().message(errno));
}

}  // namespace

base::OrError<std::string> DiskFiles::read(const std::filesystem::path& path,
                                           base::ByteCount most) const {
  const Descriptor file(path);
  if (file.get() < 0) return last_error();
  std::string content;
  std::array<char, 4'096> block{};
  while (true) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return last_error();
    if (got == 0) break;
    content.append(block.data(), static_cast<std::size_t>(got));
    if (content.size() > most.value) {
      base::wipe(content);
      return base::error(fmt::format("more than {} bytes", most.value));
    }
  }
  base::wipe(std::as_writable_bytes(std::span(block)));
  return content;
}

}  // namespace sealbus::settings
