#include "common/envelope/header_fields.hpp"

#include <algorithm>
#include <limits>

namespace sealbus::envelope {
namespace {

using wire::Reader;
using wire::Writer;

constexpr std::size_t kLongestKey = 64;                     // FORMAT.md §5.1
constexpr std::uint64_t kLastMillis = 253'402'300'799'999;  // §1: the end of the year 9999
constexpr std::uint64_t kNoBound = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kDay = 86'400'000;

bool is_any_name(std::string_view) { return true; }
bool is_lower_case(std::string_view name) {
  return std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool write_text(Writer& out, std::string_view value, std::size_t most) {
  out.text(value);
  return value.size() <= most && base::is_utf8(value);
}

std::uint64_t to_number(std::uint64_t value) { return value; }
std::uint64_t to_number(std::chrono::milliseconds value) {
  return static_cast<std::uint64_t>(value.count());
}
std::uint64_t to_number(base::WallTime value) { return to_number(value.time_since_epoch()); }
template <typename T>
std::uint64_t to_number(const std::optional<T>& value) {
  return to_number(*value);
}

template <typename T>
void assign(T& to, std::uint64_t value) {
  to = static_cast<T>(value);
}
void assign(std::chrono::milliseconds& to, std::uint64_t value) {
  to = std::chrono::milliseconds(static_cast<std::int64_t>(value));
}
void assign(base::WallTime& to, std::uint64_t value) {
  to = base::from_millis(static_cast<std::int64_t>(value));
}
template <typename T>
void assign(std::optional<T>& to, std::uint64_t value) {
  assign(to.emplace(), value);
}

// Each of these makes one row of the table, for a member of Header.

template <auto kMember, std::uint64_t kLeast, std::uint64_t kMost>
constexpr Field integer(std::string_view key) {
  return {
      key,
      [](Reader& in, Header& header) {
        const std::uint64_t value = in.unsigned_integer();
        if (value < kLeast || value > kMost) in.fail("number out of range");
        if (!in.failed()) assign(header.*kMember, value);
      },
      [](const Outgoing& from) { return from.header.*kMember != decltype(Header{}.*kMember){}; },
      [](Writer& out, const Outgoing& from) {
        const std::uint64_t value = to_number(from.header.*kMember);
        out.unsigned_integer(value);
        return value >= kLeast && value <= kMost;
      }};
}

template <auto kMember, std::size_t kMost>
constexpr Field text(std::string_view key) {
  return {key,
          [](Reader& in, Header& header) {
            header.*kMember = in.text(kMost);
            if ((header.*kMember).empty()) in.fail("empty text");
          },
          [](const Outgoing& from) { return !(from.header.*kMember).empty(); },
          [](Writer& out, const Outgoing& from) {
            return write_text(out, from.header.*kMember, kMost);
          }};
}

template <auto kMember, std::size_t kSize>
constexpr Field bin(std::string_view key) {
  return {key, [](Reader& in, Header& header) { header.*kMember = in.fixed_bin(kSize); },
          [](const Outgoing& from) { return !(from.header.*kMember).empty(); },
          [](Writer& out, const Outgoing& from) {
            out.bin(from.header.*kMember);
            return (from.header.*kMember).size() == kSize;
          }};
}

template <auto kMember>
constexpr Field uuid(std::string_view key) {
  return {key,
          [](Reader& in, Header& header) {
            const auto value = base::uuid_from(in.fixed_bin(sizeof(base::Uuid)));
            if (value) header.*kMember = *value;
          },
          [](const Outgoing& from) { return std::optional(from.header.*kMember).has_value(); },
          [](Writer& out, const Outgoing& from) {
            out.bin(std::optional(from.header.*kMember)->bytes);
            return true;
          }};
}

template <auto kMember, std::uint32_t kMost, std::size_t kLongest,
          bool (*kIsName)(std::string_view)>
constexpr Field pairs(std::string_view key) {
  return {key,
          [](Reader& in, Header& header) {
            in.each_entry(kMost, [&](std::string_view name) {
              if (!kIsName(name)) in.fail("unacceptable name");
              (header.*kMember).emplace_back(name, in.text(kLongest));
            });
            if ((header.*kMember).empty()) in.fail("empty map");
          },
          [](const Outgoing& from) { return !(from.header.*kMember).empty(); },
          [](Writer& out, const Outgoing& from) {
            const TextPairs& all = from.header.*kMember;
            bool fits = all.size() <= kMost;
            out.map(static_cast<std::uint32_t>(all.size()));
            for (auto pair = all.begin(); pair != all.end() && fits; ++pair) {
              const auto same = [&](const auto& other) { return other.first == pair->first; };
              fits = kIsName(pair->first) && std::none_of(all.begin(), pair, same) &&
                     write_text(out, pair->first, kLongestKey) &&
                     write_text(out, pair->second, kLongest);
            }
            return fits;
          }};
}

using Texts = std::vector<std::string_view>;
const Texts* texts_of(const Texts& texts) { return texts.empty() ? nullptr : &texts; }
const Texts* texts_of(const std::optional<Texts>& texts) { return texts ? &*texts : nullptr; }

template <auto kMember, std::uint32_t kMost, std::size_t kLongest>
constexpr Field texts(std::string_view key) {
  return {key,
          [](Reader& in, Header& header) {
            Texts all;
            for (std::uint32_t left = in.array(kMost); left > 0 && !in.failed(); --left) {
              all.push_back(in.text(kLongest));
            }
            header.*kMember = std::move(all);
            if (texts_of(header.*kMember) == nullptr) in.fail("empty list");
          },
          [](const Outgoing& from) { return texts_of(from.header.*kMember) != nullptr; },
          [](Writer& out, const Outgoing& from) {
            const Texts& all = *texts_of(from.header.*kMember);
            out.array(static_cast<std::uint32_t>(all.size()));
            return all.size() <= kMost && std::all_of(all.begin(), all.end(), [&](auto one) {
                     return write_text(out, one, kLongest);
                   });
          }};
}

bool is_kind(std::string_view kind) {
  return kind == "command" || kind == "query" || kind == "event";
}

// And these the rows that are like no other.

constexpr Field always(Field field) {
  field.is_there = [](const Outgoing&) { return true; };
  return field;
}

constexpr Field kType = always({"type",
                                [](Reader& in, Header& header) {
                                  const auto type = type_named(in.text(16));
                                  if (!type) in.fail("unknown type");
                                  header.type = type.value_or(MessageType::heartbeat);
                                },
                                nullptr,
                                [](Writer& out, const Outgoing& from) {
                                  out.text(name(from.header.type));
                                  return true;
                                }});

constexpr Field kKind = {"kind",
                         [](Reader& in, Header& header) {
                           header.kind = in.text(16);
                           if (!is_kind(header.kind)) in.fail("unknown kind");
                         },
                         [](const Outgoing& from) { return !from.header.kind.empty(); },
                         [](Writer& out, const Outgoing& from) {
                           out.text(from.header.kind);
                           return is_kind(from.header.kind);
                         }};

constexpr Field kAuth = {"auth",
                         [](Reader& in, Header& header) {
                           header.auth = in.bin(kMostAuth);
                           if (header.auth.empty()) in.fail("empty bin");
                         },
                         [](const Outgoing& from) { return !from.auth.empty(); },
                         [](Writer& out, const Outgoing& from) {
                           out.bin(from.auth);
                           return from.auth.size() <= kMostAuth;
                         }};

constexpr Field kReady = {"ready", [](Reader& in, Header& header) { header.ready = in.boolean(); },
                          [](const Outgoing& from) { return from.header.ready.has_value(); },
                          [](Writer& out, const Outgoing& from) {
                            out.boolean(*from.header.ready);
                            return true;
                          }};

constexpr auto kFields = std::to_array<Field>({
    kType,
    uuid<&Header::id>("id"),
    always(integer<&Header::issued, 0, kLastMillis>("issued")),
    integer<&Header::expires, 0, kLastMillis>("expires"),
    text<&Header::service, 63>("service"),
    uuid<&Header::instance>("instance"),
    bin<&Header::nonce, kNonceSize>("nonce"),
    bin<&Header::echo, kNonceSize>("echo"),
    integer<&Header::heartbeat, 100, 60'000>("heartbeat"),
    text<&Header::contract, 128>("contract"),
    kKind,
    kAuth,
    bin<&Header::proof, kProofSize>("proof"),
    text<&Header::correlation_id, 128>("correlationId"),
    text<&Header::traceparent, 55>("traceparent"),
    text<&Header::content_type, 256>("contentType"),
    text<&Header::method, 16>("method"),
    text<&Header::path, 8'192>("path"),
    pairs<&Header::params, 32, 8'192, is_any_name>("params"),
    text<&Header::query, 8'192>("query"),
    pairs<&Header::headers, 64, 8'192, is_lower_case>("headers"),
    integer<&Header::attempt, 1, 1'000>("attempt"),
    uuid<&Header::answers>("answers"),
    integer<&Header::status, 200, 599>("status"),
    text<&Header::code, 64>("code"),
    text<&Header::subject, 128>("subject"),
    text<&Header::reason, 1'024>("reason"),
    texts<&Header::missing, 64, 256>("missing"),
    integer<&Header::delay, 0, kDay>("delay"),
    texts<&Header::permissions, 64, 256>("permissions"),
    integer<&Header::up_to, 0, kNoBound>("upTo"),
    integer<&Header::bytes, 0, kNoBound>("bytes"),
    kReady,
});

constexpr bool keys_agree() {
  return std::equal(kFields.begin(), kFields.end(), kFieldKeys.begin(), kFieldKeys.end(),
                    [](const Field& field, std::string_view key) { return field.key == key; });
}
static_assert(keys_agree(), "the rows stand in the order of kFieldKeys");

}  // namespace

std::span<const Field> header_fields() { return kFields; }

}  // namespace sealbus::envelope
