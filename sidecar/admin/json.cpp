#include "sidecar/admin/json.hpp"

#include <fmt/chrono.h>

#include "common/base/json_writer.hpp"
#include "common/config/scalars.hpp"

namespace sealbus::admin {
namespace {

using base::JsonWriter;
using contract::Contract;

std::string text_of(base::WallTime time) {
  const std::int64_t millis = base::to_millis(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::time_t{millis / 1'000}),
                     millis % 1'000);
}

void write_requirement(JsonWriter& json, const identity::Requirement& required) {
  if (required.any_of.empty()) {
    json.strings(required.all_of);
    return;
  }
  json.begin_object();
  if (!required.all_of.empty()) json.key("allOf").strings(required.all_of);
  json.key("anyOf").strings(required.any_of).end_object();
}

void write_event_fields(JsonWriter& json, const Contract& contract) {
  json.key("delivery").string(contract::name(contract.delivery));
  json.key("authAt").string(contract::name(contract.auth_at));
  if (contract.max_auth_age) json.key("maxAuthAge").string(config::to_text(*contract.max_auth_age));
  const contract::Retry& retry = contract.retry;
  json.key("retry").begin_object();
  json.key("maxAttempts").number(retry.max_attempts);
  json.key("initialDelay").string(config::to_text(retry.initial_delay));
  json.key("maxDelay").string(config::to_text(retry.max_delay));
  json.key("ackWait").string(config::to_text(retry.ack_wait)).end_object();
}

void write_contract(JsonWriter& json, const Declared& declared) {
  const Contract& contract = declared.contract;
  json.begin_object().key("name").string(contract.name);
  json.key("kind").string(contract::name(contract.kind)).key("method");
  if (contract.methods.size() == 1) {
    json.string(contract.methods.front());
  } else {
    json.strings(contract.methods);
  }
  json.key("path").string(contract.path.text()).key("requiredPermissions");
  write_requirement(json, contract.required);
  json.key("public").boolean(contract.is_public);
  json.key("timeout").string(config::to_text(contract.timeout));
  if (contract.kind == contract::Kind::event) write_event_fields(json, contract);
  if (declared.definitions > 1) json.key("definitions").number(declared.definitions);
  json.end_object();
}

void write_replica(JsonWriter& json, const Replica& replica) {
  json.begin_object().key("instance").string(replica.instance);
  json.key("since").string(text_of(replica.since)).key("ready").boolean(replica.ready);
  json.key("inFlight").number(replica.in_flight);
  if (replica.credit) json.key("credit").number(*replica.credit);
  json.end_object();
}

enum class Refused : bool { left_out, shown };

void write_service(JsonWriter& json, const ServiceStatus& service, Refused refused) {
  json.begin_object().key("service").string(service.service).key("contracts").begin_array();
  for (const Declared& declared : service.contracts) write_contract(json, declared);
  json.end_array()
      .key("subscriptions")
      .strings(service.subscriptions)
      .key("replicas")
      .begin_array();
  for (const Replica& replica : service.replicas) write_replica(json, replica);
  json.end_array();
  if (refused == Refused::shown) {
    json.key("refused").begin_array();
    for (const RefusedRegistration& entry : service.refused) {
      json.begin_object().key("name").string(entry.subject);
      json.key("code").string(base::code(entry.refusal));
      json.key("detail").string(entry.detail);
      if (!entry.ingress.empty()) json.key("ingress").string(entry.ingress);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
}

std::string finished(JsonWriter& json) { return json.take() + "\n"; }

}  // namespace

std::string readiness_document(const Readiness& readiness) {
  JsonWriter json;
  json.begin_object().key("ready").boolean(readiness.ready()).key("conditions").begin_array();
  for (const Condition& condition : readiness.conditions) {
    json.begin_object().key("name").string(condition.name).key("met").boolean(condition.met);
    json.key("detail").string(condition.detail).end_object();
  }
  json.end_array().end_object();
  return finished(json);
}

std::string services_document(const std::vector<ServiceStatus>& services) {
  JsonWriter json;
  json.begin_object().key("services").begin_array();
  for (const ServiceStatus& service : services) write_service(json, service, Refused::shown);
  json.end_array().end_object();
  return finished(json);
}

std::string service_document(const ServiceStatus& service) {
  JsonWriter json;
  write_service(json, service, Refused::shown);
  return finished(json);
}

std::string contracts_document(const ServiceStatus& service) {
  JsonWriter json;
  write_service(json, service, Refused::left_out);
  return finished(json);
}

std::string problem_document(unsigned status, base::Refusal refusal, std::string_view error,
                             std::string_view detail) {
  JsonWriter json;
  json.begin_object().key("type").string("urn:sealbus:refusal:" + std::string(base::code(refusal)));
  json.key("title").string(error).key("status").number(status);
  json.key("code").string(base::code(refusal)).key("error").string(error);
  json.key("detail").string(detail).end_object();
  return finished(json);
}

}  // namespace sealbus::admin
