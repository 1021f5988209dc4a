#include "python_value.hpp"

#include <arpa/inet.h>

#include <optional>
#include <string>

namespace nb = nanobind;

namespace tracer {
namespace {

template <typename T>
nb::object number(Bytes bytes) {
  return nb::int_(read_value<T>(bytes));
}

std::string ip_text(int family, Bytes bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  std::byte address[16] = {};
  std::memcpy(address, bytes.data(), std::min<std::size_t>(bytes.size(), sizeof address));
  inet_ntop(family, address, text, sizeof text);
  return text;
}

nb::object python_ip(Bytes bytes) { return nb::str(ip_text(bytes.size() > 4 ? AF_INET6 : AF_INET, bytes).c_str()); }

std::string endpoint(int family, Cursor& cursor) {
  const auto address = cursor.take(family == AF_INET6 ? 16 : 4);
  const auto port = cursor.get<std::uint16_t>();
  const auto ip = ip_text(family, address);
  return (family == AF_INET6 ? "[" + ip + "]" : ip) + ":" + std::to_string(port);
}

// "1.2.3.4:80", "[::1]:80", a unix path; None for families whose address is not recorded.
nb::object python_socket_address(Bytes bytes) {
  Cursor cursor(bytes);
  const auto family = cursor.get<std::uint8_t>();
  if (family == AF_UNIX) return python_text(as_c_text(cursor.take(cursor.remaining())));
  if (family != AF_INET && family != AF_INET6) return nb::none();
  const auto text = endpoint(family, cursor);
  return cursor.failed() ? nb::none() : nb::object(nb::str(text.c_str()));
}

// A pair (source, destination); for unix sockets (source pointer, destination pointer, path).
nb::object python_socket_tuple(Bytes bytes) {
  Cursor cursor(bytes);
  const auto family = cursor.get<std::uint8_t>();
  if (family == AF_UNIX) {
    const auto source = cursor.get<std::uint64_t>();
    const auto destination = cursor.get<std::uint64_t>();
    if (cursor.failed()) return nb::none();
    return nb::make_tuple(source, destination, python_text(as_c_text(cursor.take(cursor.remaining()))));
  }
  if (family != AF_INET && family != AF_INET6) return nb::none();
  const auto source = endpoint(family, cursor);
  const auto destination = endpoint(family, cursor);
  if (cursor.failed()) return nb::none();
  return nb::make_tuple(source.c_str(), destination.c_str());
}

nb::object python_fd_list(Bytes bytes) {
  Cursor cursor(bytes);
  nb::list entries;
  const auto count = cursor.get<std::uint16_t>();
  for (unsigned i = 0; i < count && !cursor.failed(); ++i) {
    const auto fd = cursor.get<std::int64_t>();
    const auto flags = cursor.get<std::uint16_t>();
    if (!cursor.failed()) entries.append(nb::make_tuple(fd, flags));
  }
  return entries;
}

nb::object python_dynamic(const ParamInfo& info, Bytes bytes) {
  if (bytes.empty()) return nb::none();
  const auto index = read_value<std::uint8_t>(bytes);
  if (index >= info.dynamic.size()) return nb::bytes(bytes.data(), bytes.size());
  return python_param(info.dynamic[index], bytes.subspan(1));
}

nb::object python_bytes(Bytes bytes) { return nb::bytes(bytes.data(), bytes.size()); }

}  // namespace

nb::object python_text(std::string_view text) {
  return nb::steal(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape"));
}

nb::list python_text_list(std::string_view entries) {
  nb::list list;
  while (!entries.empty()) {
    const auto end = std::min(entries.find('\0'), entries.size());
    list.append(python_text(entries.substr(0, end)));
    entries.remove_prefix(std::min(end + 1, entries.size()));
  }
  return list;
}

nb::object python_param(const ParamInfo& info, Bytes bytes) {
  if (bytes.empty() && info.type != ParamType::bytebuf_) return nb::none();
  switch (info.type) {
    case ParamType::none_:
      return nb::none();
    case ParamType::int8_:
      return number<std::int8_t>(bytes);
    case ParamType::int16_:
      return number<std::int16_t>(bytes);
    case ParamType::int32_:
    case ParamType::fd32_:
    case ParamType::pid32_:
      return number<std::int32_t>(bytes);
    case ParamType::int64_:
    case ParamType::errno_:
    case ParamType::fd_:
    case ParamType::pid_:
      return number<std::int64_t>(bytes);
    case ParamType::uint8_:
    case ParamType::sigtype_:
    case ParamType::l4proto_:
    case ParamType::sockfamily_:
    case ParamType::flags8_:
    case ParamType::enumflags8_:
      return number<std::uint8_t>(bytes);
    case ParamType::uint16_:
    case ParamType::syscallid_:
    case ParamType::port_:
    case ParamType::flags16_:
    case ParamType::enumflags16_:
      return number<std::uint16_t>(bytes);
    case ParamType::uint32_:
    case ParamType::flags32_:
    case ParamType::enumflags32_:
    case ParamType::uid_:
    case ParamType::gid_:
    case ParamType::mode_:
    case ParamType::sigset_:
      return number<std::uint32_t>(bytes);
    case ParamType::uint64_:
    case ParamType::reltime_:
    case ParamType::abstime_:
      return number<std::uint64_t>(bytes);
    case ParamType::bool_:
      return nb::bool_(read_value<std::uint32_t>(bytes) != 0);
    case ParamType::double_:
      return nb::float_(read_value<double>(bytes));
    case ParamType::charbuf_:
    case ParamType::fspath_:
    case ParamType::fsrelpath_:
      return python_text(as_c_text(bytes));
    case ParamType::sockaddr_:
      return python_socket_address(bytes);
    case ParamType::socktuple_:
      return python_socket_tuple(bytes);
    case ParamType::fdlist_:
      return python_fd_list(bytes);
    case ParamType::ipv4addr_:
    case ParamType::ipv6addr_:
    case ParamType::ipaddr_:
      return python_ip(bytes);
    case ParamType::dyn_:
      return python_dynamic(info, bytes);
    case ParamType::charbufarray_:
      return python_text_list(as_text(bytes));
    case ParamType::bytebuf_:
    case ParamType::charbuf_pair_array_:
    case ParamType::ipv4net_:
    case ParamType::ipv6net_:
    case ParamType::ipnet_:
      return python_bytes(bytes);
  }
  return python_bytes(bytes);
}

nb::object python_value(const Value& value) {
  switch (value.type) {
    case ParamType::charbuf_:
    case ParamType::fspath_:
    case ParamType::fsrelpath_:
      return python_text(value.text);
    case ParamType::bytebuf_:
      return python_bytes(value.bytes);
    case ParamType::sockaddr_:
    case ParamType::socktuple_:
    case ParamType::fdlist_:
    case ParamType::dyn_:
    case ParamType::charbufarray_:
    case ParamType::charbuf_pair_array_:
    case ParamType::ipv4net_:
    case ParamType::ipv6net_:
    case ParamType::ipnet_:
    case ParamType::ipv4addr_:
    case ParamType::ipv6addr_:
    case ParamType::ipaddr_: {
      ParamInfo plain{};
      plain.type = value.type;
      return python_param(value.param != nullptr ? *value.param : plain, value.bytes);
    }
    case ParamType::double_:
      return nb::float_(value.real);
    case ParamType::bool_:
      return nb::bool_(value.number != 0);
    default:
      return is_signed(value.type) ? nb::int_(value.as_signed()) : nb::int_(value.number);
  }
}

}  // namespace tracer
