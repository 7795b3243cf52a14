#pragma once
// What a session asks of its stream beyond Asio's AsyncReadStream and AsyncWriteStream. The general
// answers are right for every stream; a plain socket has quicker ones. Internal to common/http.

#include <cstddef>

#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#include "common/http/worker.hpp"

namespace sealbus::http {

using boost::system::error_code;

// Does without waiting what can be done without; would_block: wait for it asynchronously.
template <typename Stream, typename Buffer>
std::size_t try_read(Stream& /*stream*/, const Buffer& /*buffer*/, error_code& error) {
  error = asio::error::would_block;
  return 0;
}
template <typename Stream, typename Buffers>
std::size_t try_write(Stream& /*stream*/, const Buffers& /*buffers*/, error_code& error) {
  error = asio::error::would_block;
  return 0;
}

template <typename Buffer>
std::size_t try_read(Socket& socket, const Buffer& buffer, error_code& error) {
  return socket.read_some(buffer, error);
}
template <typename Buffers>
std::size_t try_write(Socket& socket, const Buffers& buffers, error_code& error) {
  return socket.write_some(buffers, error);
}

// Has anything arrived that was not read yet? For a stream that buffers, what it buffers too.
inline bool has_input(Socket& socket) {
  error_code error;
  return socket.available(error) > 0 && !error;
}

// Says that nothing more will be written. A stream with its own closing message sends it here.
inline void finish_writing(Socket& socket) {
  error_code ignored;
  socket.shutdown(asio::socket_base::shutdown_send, ignored);
}

}  // namespace sealbus::http
