// A service behind a Sealbus sidecar: it prints what it receives, and answers with it.
//
//   SEALBUS_DELIVER=ipc:///tmp/sealbus-example/my-service cpp-service

#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>
#include <sealbus/service.hpp>

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::string& payload) {
  if (payload.empty()) return nullptr;
  const auto not_too_deep = [](int depth, auto /*event*/, const Json& /*parsed*/) {
    if (depth > 200) throw sealbus::BadRequest("the body is not JSON");
    return true;
  };
  try {
    return Json::parse(payload, not_too_deep);
  } catch (const Json::exception&) {
    throw sealbus::BadRequest("the body is not JSON");
  }
}

// Everything in it came from a caller, so it is escaped: no line breaks, no terminal codes.
std::string ascii(const Json& value) { return value.dump(-1, ' ', true); }
std::string unquoted(const std::string& text) { return text.substr(1, text.size() - 2); }

sealbus::Reply receive(const sealbus::Auth& auth, const sealbus::Message& message) {
  const Json body = json_of(message.payload);
  std::string permissions;
  for (const std::string& one : auth.permissions)
    permissions += (permissions.empty() ? "" : ",") + one;
  const std::string line =
      "received " + message.contract + " from " + unquoted(ascii(auth.user_id)) +
      " permissions=" + unquoted(ascii(permissions)) + " payload=" + ascii(body) + "\n";
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
  const Json reply = {{"service", "my-service"},
                      {"contract", message.contract},
                      {"userId", auth.user_id},
                      {"permissions", auth.permissions},
                      {"received", body}};
  return sealbus::Reply::json(reply.dump());
}

}  // namespace

int main() {
  sealbus::Service service;  // at SEALBUS_DELIVER
  service.on("CreateUser", receive);
  service.on("Endpoint",
             [](sealbus::Auth auth, sealbus::Message message) -> sealbus::Task<sealbus::Reply> {
               co_return receive(auth, message);
             });
  return service.run(sealbus::Signals::stop);
}
