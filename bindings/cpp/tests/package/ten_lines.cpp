#include <sealbus/service.hpp>

int main() {
  sealbus::Service service("ipc:///tmp/sealbus-ten-lines");
  service.on("Hello", [](const sealbus::Auth& auth, const sealbus::Message&) {
    return sealbus::Reply::text("hello " + auth.user_id);
  });
  service.stop();
  return service.run();
}
