#include "sidecar/config/files.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace sealbus::settings {
namespace {

class DiskFilesTest : public testing::Test {
 protected:
  DiskFilesTest() {
    std::string name = (std::filesystem::temp_directory_path() / "sealbus-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~DiskFilesTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& content) {
    std::filesystem::path path = folder_ / "file";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  std::filesystem::path folder_;
  DiskFiles files_;
};

TEST_F(DiskFilesTest, ReadsAFileAsItIs) {
  const std::string content("a\r\n\0b", 5);
  const auto read = files_.read(write(content), {5});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, content);
  EXPECT_EQ(*files_.read(write(""), {0}), "");
  const std::string blocks(10'000, 'x');
  EXPECT_EQ(*files_.read(write(blocks), {10'000}), blocks);
}

TEST_F(DiskFilesTest, ReadsNoMoreThanItMay) {
  EXPECT_EQ(files_.read(write("123456"), {5}).error().message, "more than 5 bytes");
  EXPECT_FALSE(files_.read("/dev/zero", {100'000}));
}

TEST_F(DiskFilesTest, SaysWhyItCannotRead) {
  EXPECT_EQ(files_.read(folder_ / "none", {5}).error().message, "No such file or directory");
  EXPECT_EQ(files_.read(folder_, {5}).error().message, "Is a directory");
}

}  // namespace
}  // namespace sealbus::settings
