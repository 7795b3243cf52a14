#include "common/http/head_parser.hpp"

#include <limits>

#include <boost/beast/http/basic_parser.hpp>

namespace sealbus::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;

std::string_view std_view(beast::string_view text) { return {text.data(), text.size()}; }

// Beast's parser with our own storage: no field is copied. Bodies are not its business; it is
// dropped when the headers are done.
class Parser final : public beast::http::basic_parser<true> {
 public:
  explicit Parser(Request& request) : request_(request) {
    request_.fields.clear();
    header_limit(std::numeric_limits<std::uint32_t>::max());
    // Not none, which Beast 1.74 takes for zero.
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  [[nodiscard]] std::string_view target() const { return target_; }

 private:
  void on_request_impl(beast::http::verb /*method*/, beast::string_view method,
                       beast::string_view target, int version, error_code& /*error*/) override {
    request_.method = std_view(method);
    request_.version = version == 11 ? Version::http_1_1 : Version::http_1_0;
    target_ = std_view(target);
  }
  void on_field_impl(beast::http::field /*field*/, beast::string_view name,
                     beast::string_view value, error_code& /*error*/) override {
    request_.fields.push_back({std_view(name), std_view(value)});
  }
  void on_response_impl(int /*code*/, beast::string_view /*reason*/, int /*version*/,
                        error_code& /*error*/) override {}
  void on_header_impl(error_code& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                         error_code& /*error*/) override {}
  std::size_t on_body_impl(beast::string_view /*body*/, error_code& /*error*/) override {
    return 0;
  }
  void on_chunk_header_impl(std::uint64_t /*size*/, beast::string_view /*extensions*/,
                            error_code& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, beast::string_view /*body*/,
                                 error_code& /*error*/) override {
    return 0;
  }
  void on_finish_impl(error_code& /*error*/) override {}

  Request& request_;
  std::string_view target_;
};

}  // namespace

base::Result<std::string_view> parse_head(std::string_view head, Request& request) {
  Parser parser(request);
  error_code error;
  const std::size_t used = parser.put({head.data(), head.size()}, error);
  if (error || !parser.is_header_done() || used != head.size()) {
    return base::refuse(base::Refusal::bad_request, "the headers are not well-formed");
  }
  return parser.target();
}

}  // namespace sealbus::http
