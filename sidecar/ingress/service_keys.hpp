#pragma once
// The keys of every service that may connect, by the key id that stands in a HELLO. Owned by the
// dispatcher's thread.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/envelope/keys.hpp"
#include "sidecar/config/config.hpp"

namespace sealbus::ingress {

class ServiceKeys {
 public:
  // `roots`: the current key first, then the previous ones.
  explicit ServiceKeys(std::vector<envelope::RootKey> roots) : roots_(std::move(roots)) {}

  // Derives the keys of a service under every root.
  void add(const std::string& service);

  // Null: no service has such a key.
  [[nodiscard]] std::shared_ptr<const envelope::ServiceKey> find(const envelope::KeyId& id) const;

  // The CURVE keys of all of them, under every root.
  [[nodiscard]] std::set<envelope::CurvePublicKey> curve_keys() const;

  // With `registration: open` services have no list: derives the keys of the service that a HELLO
  // names, and keeps them only if one of them has the HELLO's key id (FORMAT.md §9, last
  // paragraph). Bounded: the thousandth name is the last.
  std::shared_ptr<const envelope::ServiceKey> learn(const envelope::KeyId& id,
                                                    std::string_view service);

 private:
  std::vector<envelope::RootKey> roots_;
  std::map<envelope::KeyId, std::shared_ptr<const envelope::ServiceKey>> keys_;
};

}  // namespace sealbus::ingress
