#include "sidecar/config/address.hpp"

#include <gtest/gtest.h>

namespace sealbus::settings {
namespace {

TEST(BusSecurity, OfAnIngressIsCurveWhereverAnotherMachineCanReachIt) {
  for (const char* far : {"tcp://0.0.0.0:5570", "tcp://*:5570", "tcp://10.0.0.1:5570",
                          "tcp://ingress:5570", "tcp://[::]:5570", "tcp://[fe80::1%eth0]:5570",
                          "tcp://128.0.0.1:5570", "tcp://localhost.example:5570", "nonsense"}) {
    EXPECT_EQ(listening_security(far, false), BusSecurity::curve) << far;
    EXPECT_EQ(listening_security(far, true), BusSecurity::plaintext) << far;
  }
  for (const char* near : {"ipc:///run/bus", "tcp://127.0.0.1:5570", "tcp://127.1.2.3:5570",
                           "tcp://[::1]:5570", "tcp://localhost:5570"}) {
    EXPECT_EQ(listening_security(near, false), BusSecurity::plaintext) << near;
  }
}

TEST(BusSecurity, OfASidecarIsEitherTowardsLoopbackAlone) {
  EXPECT_EQ(connecting_security("tcp://127.0.0.1:5570", false), BusSecurity::either);
  EXPECT_EQ(connecting_security("tcp://127.0.0.1:5570", true), BusSecurity::either);
  EXPECT_EQ(connecting_security("tcp://[::1]:5570", false), BusSecurity::either);
  EXPECT_EQ(connecting_security("ipc:///run/bus", false), BusSecurity::plaintext);
  for (const char* far : {"tcp://0.0.0.0:5570", "tcp://10.0.0.1:5570", "tcp://ingress:5570",
                          "tcp://[fe80::1%eth0]:5570", "nonsense"}) {
    EXPECT_EQ(connecting_security(far, false), BusSecurity::curve) << far;
    EXPECT_EQ(connecting_security(far, true), BusSecurity::plaintext) << far;
  }
}

}  // namespace
}  // namespace sealbus::settings
