#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/common/bus/bus_fixture.hpp"

namespace sealbus::bus {
namespace {

using test::Client;
using test::Server;
using test::text_message;
using Texts = std::vector<std::string>;

class IpcTest : public testing::Test {
 protected:
  IpcTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sealbus-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    path = (folder_ / "door" / "users").string();
    options.endpoint = "ipc://" + path;
  }
  ~IpcTest() override { std::filesystem::remove_all(folder_); }

  static unsigned mode_of(const std::filesystem::path& file) {
    struct stat found {};
    return lstat(file.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
  }

  Context context;
  RouterOptions options;
  std::string path;

 private:
  std::filesystem::path folder_;
};

TEST_F(IpcTest, CarriesMessagesAndTellsOfTheEnd) {
  Server server(context, options);
  EXPECT_EQ(server.endpoint(), options.endpoint);
  std::optional<Client> client(std::in_place, context, server.endpoint());
  ASSERT_TRUE(client->send(text_message({"hello"})));
  ASSERT_TRUE(server.until([&] { return server.received() == 1; }));
  Message reply = text_message({"reply"});
  EXPECT_EQ(server.socket().send(server.last_peer(), reply), SendStatus::sent);
  EXPECT_EQ(client->receive(), Texts{"reply"});
  client.reset();
  EXPECT_TRUE(server.until([&] { return !server.all<ConnectionClosed>().empty(); }));
}

TEST_F(IpcTest, IsForItsOwnerAloneWhateverTheUmask) {
  const mode_t before = umask(0);
  const Server server(context, options);
  umask(before);
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(mode_of(std::filesystem::path(path).parent_path()), 0700U);
}

TEST_F(IpcTest, IsRemovedAtTheEnd) {
  { const Server server(context, options); }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(IpcTest, ReplacesWhatADeadProcessLeft) {
  std::filesystem::create_directory(std::filesystem::path(path).parent_path());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(left, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(left, 1), 0);
  close(left);
  ASSERT_TRUE(std::filesystem::is_socket(path));
  Server server(context, options);
  Client client(context, server.endpoint());
  ASSERT_TRUE(client.send(text_message({"hello"})));
  EXPECT_TRUE(server.until([&] { return server.received() == 1; }));
}

TEST_F(IpcTest, LeavesAListeningProcessItsAddress) {
  Server server(context, options);
  const auto second = RouterSocket::bind(context, options);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find(path), std::string::npos);
  Client client(context, server.endpoint());
  ASSERT_TRUE(client.send(text_message({"hello"})));
  EXPECT_TRUE(server.until([&] { return server.received() == 1; }));
}

TEST_F(IpcTest, TouchesNoOtherFile) {
  std::filesystem::create_directory(std::filesystem::path(path).parent_path());
  std::ofstream(path) << "mine";
  const auto socket = RouterSocket::bind(context, options);
  ASSERT_FALSE(socket);
  EXPECT_NE(socket.error().message.find(path), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(path), 4U);
}

TEST_F(IpcTest, DoesNotRemoveItsSuccessorsFile) {
  std::optional<Server> server(std::in_place, context, options);
  std::filesystem::remove(path);
  const Server successor(context, options);
  server.reset();
  EXPECT_TRUE(std::filesystem::is_socket(path));
}

TEST_F(IpcTest, SaysThatAPathIsTooLong) {
  options.endpoint = "ipc://" + path + std::string(120, 'x');
  const auto socket = RouterSocket::bind(context, options);
  ASSERT_FALSE(socket);
  EXPECT_NE(socket.error().message.find("too long"), std::string::npos) << socket.error().message;
}

TEST_F(IpcTest, SaysThatAFolderIsMissing) {
  options.endpoint = "ipc:///no/such/folder/users";
  const auto socket = RouterSocket::bind(context, options);
  ASSERT_FALSE(socket);
  EXPECT_NE(socket.error().message.find("/no/such/folder"), std::string::npos);
}

TEST_F(IpcTest, ADealerSeesThatNobodyListens) {
  Client client(context, options.endpoint);
  EXPECT_TRUE(client.until(Dealer::Change::disconnected));
}

}  // namespace
}  // namespace sealbus::bus
