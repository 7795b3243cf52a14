#include <stdexcept>

#include "protocol.hpp"
#include "wire.hpp"

namespace sealbus::detail {
namespace {

constexpr std::size_t kLongestCode = 64;
constexpr std::size_t kLongestReason = 1'024;

// A header, key by key; the map's length is known only at the end.
class Header {
 public:
  explicit Header(std::string_view type) { text("type", type); }

  Header& text(std::string_view name, std::string_view value) {
    key(name);
    return element(value);
  }
  Header& text_unless_empty(std::string_view name, std::string_view value) {
    return value.empty() ? *this : text(name, value);
  }
  Header& id(const MessageId& id) {
    std::string bytes;
    for (const std::byte byte : id) bytes += static_cast<char>(byte);
    put_bin(key("id"), bytes);
    return *this;
  }
  Header& integer(std::string_view name, std::uint64_t value) {
    put_integer(key(name), value);
    return *this;
  }
  // One text of an array or map that was begun.
  Header& element(std::string_view value) {
    if (!is_utf8(value)) throw std::invalid_argument("text that is not UTF-8");
    put_text(out_, value);
    return *this;
  }
  // For a value that the caller adds.
  std::string& key(std::string_view name) {
    ++entries_;
    put_text(out_, name);
    return out_;
  }

  [[nodiscard]] Frames with(std::string payload) const {
    std::string header;
    put_map(header, entries_);
    header += out_;
    if (header.size() > kMostFromService || payload.size() > kMostPayload) {
      throw std::length_error("an answer is too large");
    }
    return {std::move(header), std::move(payload)};
  }

 private:
  std::uint32_t entries_ = 0;
  std::string out_;
};

void check(bool fits, const char* complaint) {
  if (!fits) throw std::length_error(complaint);
}

}  // namespace

Frames subscribe(const Subscription& subscription) {
  Header header("subscribe");
  header.integer("protocol", 1).integer("credit", subscription.credit);
  check(subscription.credit > 0 && subscription.name.size() <= kLongestName, "credit or name");
  header.text_unless_empty("name", subscription.name);
  if (subscription.contracts) {
    check(subscription.contracts->size() <= 4'096, "too many contracts");
    put_array(header.key("contracts"), static_cast<std::uint32_t>(subscription.contracts->size()));
    for (const std::string& contract : *subscription.contracts) {
      check(contract.size() <= kLongestName, "a contract's name is too long");
      header.element(contract);
    }
  }
  return header.with({});
}

Frames reply(const MessageId& id, const ReplyFields& fields, std::string payload) {
  Header header("reply");
  header.id(id);
  if (fields.status) {
    check(*fields.status >= 200 && *fields.status <= 599, "a status is from 200 to 599");
    header.integer("status", static_cast<std::uint64_t>(*fields.status));
  }
  check(fields.content_type.size() <= 256, "the content type is too long");
  header.text_unless_empty("contentType", fields.content_type);
  if (!fields.headers.empty()) {
    check(fields.headers.size() <= 64, "too many headers");
    put_map(header.key("headers"), static_cast<std::uint32_t>(fields.headers.size()));
    for (const auto& [name, value] : fields.headers) {
      check(name.size() <= 64 && value.size() <= 8'192, "a header is too long");
      header.element(name).element(value);
    }
  }
  return header.with(std::move(payload));
}

Frames ack(const MessageId& id) { return Header("ack").id(id).with({}); }
Frames progress(const MessageId& id) { return Header("progress").id(id).with({}); }
Frames heartbeat() { return Header("heartbeat").with({}); }
Frames bye() { return Header("bye").with({}); }

Frames nack(const MessageId& id, std::optional<std::chrono::milliseconds> delay,
            std::string_view reason) {
  Header header("nack");
  header.id(id);
  if (delay) header.integer("delay", static_cast<std::uint64_t>(delay->count()));
  return header.text_unless_empty("reason", shortened(reason, kLongestReason)).with({});
}

Frames reject(const MessageId& id, std::string_view code, std::string_view reason) {
  return Header("reject")
      .id(id)
      .text_unless_empty("code", shortened(code, kLongestCode))
      .text_unless_empty("reason", shortened(reason, kLongestReason))
      .with({});
}

std::string shortened(std::string_view text, std::size_t most) {
  std::string cut(text.substr(0, most));
  // A character that the cut went through is left out; it has at most three bytes that are there.
  for (int tries = 0; tries < 3 && text.size() > most && !is_utf8(cut); ++tries) cut.pop_back();
  if (is_utf8(cut)) return cut;
  cut = text.substr(0, most);
  for (char& c : cut) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return cut;
}

std::string escaped(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      out += c;
    } else {
      out += {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 0x0fU]};
    }
  }
  return out;
}

}  // namespace sealbus::detail
