#pragma once
// Where configuration, key and secret files are read from. An interface, so that tests need no
// disk.

#include <filesystem>
#include <string>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

namespace sealbus::settings {

class Files {
 public:
  virtual ~Files() = default;
  // The whole file; the error says why not ("no such file or directory"). Never more than `most`.
  [[nodiscard]] virtual base::OrError<std::string> read(const std::filesystem::path& path,
                                                        base::ByteCount most) const = 0;
};

class DiskFiles final : public Files {
 public:
  [[nodiscard]] base::OrError<std::string> read(const std::filesystem::path& path,
                                                base::ByteCount most) const override;
};

}  // namespace sealbus::settings
