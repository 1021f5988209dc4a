#include "render.hpp"

#include <algorithm>
#include <concepts>
#include <ctime>

#include "../state/path.hpp"
#include "names.hpp"
#include "text.hpp"

namespace tracer {
namespace {

constexpr std::int64_t at_fdcwd = -100;
constexpr std::uint8_t family_unix = 1;
constexpr std::uint8_t family_ipv4 = 2;
constexpr std::uint8_t family_ipv6 = 10;

std::string_view empty_text(ParamType type) {
  switch (type) {
    case ParamType::bytebuf_:
      return "";
    case ParamType::sockaddr_:
    case ParamType::socktuple_:
    case ParamType::fdlist_:
    case ParamType::charbufarray_:
    case ParamType::charbuf_pair_array_:
    case ParamType::dyn_:
      return "NULL";
    default:
      return "<NA>";
  }
}

// Which end a connection was made from says whether its protocol is worth showing; a raw socket has no such end.
L4Protocol shown_protocol(const Descriptor& socket) {
  const bool is_server =
      socket.type == DescriptorType::ipv4_server_socket || socket.type == DescriptorType::ipv6_server_socket;
  const bool is_known = is_server || socket.role != SocketRole::none || socket.tuple.protocol == L4Protocol::raw;
  return is_known ? socket.tuple.protocol : L4Protocol::na;
}

// Writes one parameter: its value, then what the value means, "3" and "<f>/etc/passwd". The meaning goes into brackets
// behind the value, or takes its place.
class ParamRenderer {
 public:
  ParamRenderer(std::string& out, FieldContext& context, const RenderOptions& options, bool meaning_alone)
      : out_(out), context_(context), options_(options), start_(out.size()), meaning_alone_(meaning_alone) {}

  void render(std::size_t index);

 private:
  // `write` appends the meaning; where it appends nothing, the value stands alone.
  void meaning(std::invocable auto&& write) {
    if (!meaning_alone_) out_ += '(';
    const auto begin = out_.size();
    write();
    if (out_.size() == begin) {
      out_.resize(begin - (meaning_alone_ ? 0 : 1));
    } else if (meaning_alone_) {
      out_.erase(start_, begin - start_);
    } else {
      out_ += ')';
    }
  }
  void meaning(std::string_view text) {
    if (!text.empty()) meaning([&] { out_ += text; });
  }

  void text(std::string_view bytes) {
    if (options_.escape_control) {
      append_escaped(out_, bytes);
    } else {
      out_ += bytes;
    }
  }
  // A name, which lines are kept free of control characters of.
  void name(std::string_view bytes, Controls controls = Controls::dropped) {
    if (options_.escape_control) {
      append_escaped(out_, bytes);
    } else {
      append_name(out_, bytes, controls);
    }
  }

  void value(const ParamInfo& param, PrintFormat format, Bytes bytes);
  void number(PrintFormat format, std::int64_t value);
  void number(PrintFormat format, std::int64_t value, std::uint64_t bits);
  void descriptor(std::int64_t fd);
  void process(std::int64_t tid);
  void path(const ParamInfo& param, Bytes bytes);
  void flags(const ParamInfo& param, std::uint32_t value, bool is_enumeration);
  void flag_names(const FlagTable& table, std::uint32_t value, bool is_enumeration);
  void socket_address(Bytes bytes);
  void socket_tuple(Bytes bytes);
  void descriptor_list(Bytes bytes);
  void signal_set(std::uint32_t signals);
  void relative_time(std::uint64_t nanoseconds);
  void absolute_time(std::uint64_t nanoseconds);
  template <typename Table>
  void account(const Table& table, std::uint32_t id);
  void list(std::string_view joined, char separator);
  void base_directory(const ParamInfo& param, std::string& directory);
  Descriptor* find_descriptor(std::int64_t fd);

  std::string& out_;
  FieldContext& context_;
  const RenderOptions& options_;
  std::size_t start_;
  bool meaning_alone_;
};

void ParamRenderer::number(PrintFormat format, std::int64_t value, std::uint64_t bits) {
  switch (format) {
    case PrintFormat::hex:
      append_upper_hex(out_, bits);
      break;
    case PrintFormat::oct:
      append_octal(out_, bits);
      break;
    case PrintFormat::padded_dec:
      append_padded(out_, value, 9);
      break;
    default:
      append_number(out_, value);
  }
}

// As printf prints an int: hexadecimal digits of a negative number are those of 32 bits.
void ParamRenderer::number(PrintFormat format, std::int64_t value) {
  number(format, value, static_cast<std::uint32_t>(value));
}

Descriptor* ParamRenderer::find_descriptor(std::int64_t fd) {
  auto* thread = context_.event.thread;
  return thread == nullptr ? nullptr : context_.state.threads.descriptors(*thread).find(fd);
}

void ParamRenderer::descriptor(std::int64_t fd) {
  append_number(out_, fd);
  if (context_.event.thread == nullptr) return;
  if (fd == at_fdcwd) return meaning("AT_FDCWD");
  if (fd < 0) return meaning(errno_name(-fd));
  const auto* found = find_descriptor(fd);
  if (found == nullptr) return;
  meaning([&] {
    out_ += '<';
    out_ += type_letter(found->type);
    if (found->is_ipv4() || found->is_ipv6()) {
      switch (shown_protocol(*found)) {
        case L4Protocol::tcp:
          out_ += 't';
          break;
        case L4Protocol::udp:
          out_ += 'u';
          break;
        case L4Protocol::icmp:
          out_ += 'i';
          break;
        case L4Protocol::raw:
          out_ += 'r';
          break;
        default:
          break;
      }
    }
    out_ += '>';
    name(found->name,
         found->is_file() || found->type == DescriptorType::directory ? Controls::dotted : Controls::dropped);
  });
}

void ParamRenderer::process(std::int64_t tid) {
  append_number(out_, tid);
  const auto* thread = context_.state.threads.find(tid);
  if (thread != nullptr) meaning([&] { text(thread->comm); });
}

// Puts the directory that a relative path starts from into `directory`, with a '/' at its end; nothing where it is not
// known.
void ParamRenderer::base_directory(const ParamInfo& param, std::string& directory) {
  directory = context_.state.threads.working_directory(*context_.event.thread);
  const auto& record = context_.event.record;
  if (param.type != ParamType::fsrelpath_ || param.dirfd_param < 0) return;
  const auto index = static_cast<std::size_t>(param.dirfd_param);
  if (!record.has_param(index) || declared_param(record, index).type != ParamType::fd_) return;
  const auto fd = record.value<std::int64_t>(index);
  if (fd == at_fdcwd) return;
  directory.clear();
  const auto* found = find_descriptor(fd);
  if (found == nullptr || found->name.empty()) return;
  directory = found->name;
  directory += '/';
}

void ParamRenderer::path(const ParamInfo& param, Bytes bytes) {
  const auto given = as_c_text(bytes);
  name(given);
  if (context_.event.thread == nullptr || given.starts_with("<NA>") || given.starts_with('/')) return;
  meaning([&] {
    auto& directory = context_.scratch.text();
    base_directory(param, directory);
    auto& path = context_.scratch.text();
    append_path(path, directory, given);
    name(path, Controls::dotted);
  });
}

// The names of the bits that are set. A table may name several bits at once: the search goes on with the bits that no
// name has covered yet, and ends at the name of the whole value.
void ParamRenderer::flag_names(const FlagTable& table, std::uint32_t value, bool is_enumeration) {
  const auto begin = out_.size();
  const bool is_old = has_shape_of_0293(context_.event.record);
  auto rest = value;
  for (const auto& flag : table.names) {
    if (flag.appended && is_old) continue;
    const bool is_whole = flag.value == value;
    const bool is_part = !is_enumeration && flag.value != 0 && (rest & flag.value) == flag.value;
    if (!is_whole && !is_part) continue;
    if (out_.size() != begin) out_ += '|';
    out_ += flag.name;
    if (is_whole && !is_enumeration) return;
    rest &= ~flag.value;
  }
}

void ParamRenderer::flags(const ParamInfo& param, std::uint32_t value, bool is_enumeration) {
  append_number(out_, value);
  if (param.flags != nullptr) meaning([&] { flag_names(*param.flags, value, is_enumeration); });
}

void ParamRenderer::socket_address(Bytes bytes) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
  switch (at[0]) {
    case family_unix:
      return name(as_c_text(bytes.subspan(1)));
    case family_ipv4:
      if (bytes.size() != 7) {
        out_ += "INVALID IPv4";
        return;
      }
      append_ipv4(out_, at + 1);
      break;
    case family_ipv6:
      if (bytes.size() != 19) {
        out_ += "INVALID IPv6";
        return;
      }
      append_ipv6(out_, at + 1);
      break;
    default:
      out_ += "family ";
      append_number(out_, static_cast<int>(static_cast<std::int8_t>(at[0])));
      return;
  }
  out_ += ':';
  append_number(out_, read_value<std::uint16_t>(bytes.last(2)));
}

bool is_mapped_ipv4(const std::uint8_t* address) {
  const auto zero = [](std::uint8_t byte) { return byte == 0; };
  if (!std::all_of(address, address + 10, zero)) return false;
  return (address[10] == 0xff && address[11] == 0xff) || std::all_of(address + 10, address + 16, zero);
}

void ParamRenderer::socket_tuple(Bytes bytes) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto port = [&](std::size_t offset) {
    out_ += ':';
    append_number(out_, read_value<std::uint16_t>(bytes.subspan(offset, 2)));
  };
  switch (at[0]) {
    case family_ipv4:
      if (bytes.size() != 13) {
        out_ += "INVALID IPv4";
        return;
      }
      append_ipv4(out_, at + 1);
      port(5);
      out_ += "->";
      append_ipv4(out_, at + 7);
      port(11);
      return;
    case family_ipv6: {
      if (bytes.size() != 37) {
        out_ += "INVALID IPv6";
        return;
      }
      const bool mapped = is_mapped_ipv4(at + 1) && is_mapped_ipv4(at + 19);
      mapped ? append_ipv4(out_, at + 13) : append_ipv6(out_, at + 1);
      port(17);
      out_ += "->";
      mapped ? append_ipv4(out_, at + 31) : append_ipv6(out_, at + 19);
      port(35);
      return;
    }
    case family_unix:
      if (bytes.size() < 17) {
        out_ += "INVALID PATH";
        return;
      }
      append_number(out_, read_value<std::uint64_t>(bytes.subspan(1, 8)), 16);
      out_ += "->";
      append_number(out_, read_value<std::uint64_t>(bytes.subspan(9, 8)), 16);
      out_ += ' ';
      return name(as_c_text(bytes.subspan(17)));
    default:
      out_ += "family ";
      append_number(out_, static_cast<int>(static_cast<std::int8_t>(at[0])));
  }
}

void ParamRenderer::descriptor_list(Bytes bytes) {
  if (context_.event.thread == nullptr) return;
  Cursor cursor(bytes);
  for (auto count = cursor.get<std::uint16_t>(); count > 0 && cursor.remaining() >= 10; --count) {
    const auto fd = cursor.get<std::int64_t>();
    const auto* found = find_descriptor(fd);
    append_number(out_, static_cast<std::uint64_t>(fd));
    out_ += ':';
    out_ += found == nullptr ? '?' : type_letter(found->type);
    append_number(out_, static_cast<std::uint32_t>(cursor.get<std::int16_t>()), 16);
    if (count > 1) out_ += ' ';
  }
}

void ParamRenderer::signal_set(std::uint32_t signals) {
  bool is_first = true;
  for (std::uint32_t bit = 0; bit < 32; ++bit) {
    const auto signal = signal_name(bit + 1);
    if ((signals >> bit & 1) == 0 || signal.empty()) continue;
    if (!is_first) out_ += ' ';
    out_ += signal;
    is_first = false;
  }
}

void ParamRenderer::relative_time(std::uint64_t nanoseconds) {
  if (nanoseconds == static_cast<std::uint64_t>(-1)) {
    out_ += "none";
    return;
  }
  append_number(out_, nanoseconds);
  meaning([&] {
    char digits[32];
    const auto seconds = static_cast<double>(nanoseconds) / 1e9;
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, seconds, std::chars_format::general, 6).ptr);
    out_ += 's';
  });
}

void ParamRenderer::absolute_time(std::uint64_t nanoseconds) {
  const auto seconds = static_cast<std::time_t>(nanoseconds / 1'000'000'000);
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[64];
  out_.append(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S.", &local));
  append_padded(out_, nanoseconds % 1'000'000'000, 9);
  out_.append(text, std::strftime(text, sizeof text, " %z", &local));
}

template <typename Table>
void ParamRenderer::account(const Table& table, std::uint32_t id) {
  append_number(out_, static_cast<std::int32_t>(id));
  if (id == no_id) return meaning("<NONE>");
  const auto found = table.find(id);
  if (found == table.end()) return meaning("<NA>");
  meaning([&] { name(found->second.name); });
}

void ParamRenderer::list(std::string_view joined, char separator) {
  if (joined.ends_with('\0')) joined.remove_suffix(1);
  while (true) {
    const auto end = joined.find('\0');
    text(joined.substr(0, end));
    if (end == std::string_view::npos) return;
    out_ += separator;
    joined.remove_prefix(end + 1);
  }
}

void ParamRenderer::value(const ParamInfo& param, PrintFormat format, Bytes bytes) {
  switch (param.type) {
    case ParamType::int8_:
      return number(format, read_value<std::int8_t>(bytes));
    case ParamType::int16_:
      return number(format, read_value<std::int16_t>(bytes));
    case ParamType::int32_:
    case ParamType::uint32_:
      return number(format, read_value<std::int32_t>(bytes));
    case ParamType::uint8_:
    case ParamType::l4proto_:
    case ParamType::sockfamily_:
      return number(format, read_value<std::uint8_t>(bytes));
    case ParamType::uint16_:
    case ParamType::port_:
      return number(format, read_value<std::uint16_t>(bytes));
    case ParamType::int64_:
    case ParamType::uint64_:
      return number(format, read_value<std::int64_t>(bytes), read_value<std::uint64_t>(bytes));
    case ParamType::fd_:
      return descriptor(read_value<std::int64_t>(bytes));
    case ParamType::fd32_:
      return descriptor(read_value<std::int32_t>(bytes));
    case ParamType::pid_:
      return process(read_value<std::int64_t>(bytes));
    case ParamType::pid32_:
      return process(read_value<std::int32_t>(bytes));
    case ParamType::errno_: {
      const auto result = read_value<std::int64_t>(bytes);
      if (result >= 0) return number(param.format, result, static_cast<std::uint64_t>(result));
      append_number(out_, result);
      return meaning(errno_name(-result));
    }
    case ParamType::charbuf_:
      return text(as_c_text(bytes));
    case ParamType::fspath_:
    case ParamType::fsrelpath_:
      return path(param, bytes);
    case ParamType::bytebuf_:
      return render_data(out_, bytes, options_);
    case ParamType::sockaddr_:
      return socket_address(bytes);
    case ParamType::socktuple_:
      return socket_tuple(bytes);
    case ParamType::fdlist_:
      return descriptor_list(bytes);
    case ParamType::syscallid_:
      append_number(out_, read_value<std::uint16_t>(bytes));
      return meaning(generic_name(context_.event.record));
    case ParamType::sigtype_:
      append_number(out_, read_value<std::uint8_t>(bytes));
      return meaning(signal_name(read_value<std::uint8_t>(bytes)));
    case ParamType::reltime_:
      return relative_time(read_value<std::uint64_t>(bytes));
    case ParamType::abstime_:
      return absolute_time(read_value<std::uint64_t>(bytes));
    case ParamType::flags8_:
      return flags(param, read_value<std::uint8_t>(bytes), false);
    case ParamType::flags16_:
      return flags(param, read_value<std::uint16_t>(bytes), false);
    case ParamType::flags32_:
      return flags(param, read_value<std::uint32_t>(bytes), false);
    case ParamType::enumflags8_:
      return flags(param, read_value<std::uint8_t>(bytes), true);
    case ParamType::enumflags16_:
      return flags(param, read_value<std::uint16_t>(bytes), true);
    case ParamType::enumflags32_:
      return flags(param, read_value<std::uint32_t>(bytes), true);
    case ParamType::mode_: {
      const auto mode = read_value<std::uint32_t>(bytes);
      number(format, static_cast<std::int32_t>(mode));
      if (param.flags != nullptr) meaning([&] { flag_names(*param.flags, mode, false); });
      return;
    }
    case ParamType::uid_:
      return account(context_.state.users, read_value<std::uint32_t>(bytes));
    case ParamType::gid_:
      return account(context_.state.groups, read_value<std::uint32_t>(bytes));
    case ParamType::bool_:
      out_ += read_value<std::uint32_t>(bytes) != 0 ? "true" : "false";
      return;
    case ParamType::sigset_:
      return signal_set(read_value<std::uint32_t>(bytes));
    case ParamType::charbufarray_:
      return list(as_text(bytes), '.');
    case ParamType::charbuf_pair_array_:
      return list(as_text(bytes), ',');
    case ParamType::ipv4addr_:
    case ParamType::ipv6addr_:
    case ParamType::ipaddr_:
      return append_address(out_, bytes);
    case ParamType::dyn_:
      out_ += "INVALID DYNAMIC PARAMETER";
      return;
    case ParamType::none_:
    case ParamType::double_:
    case ParamType::ipv4net_:
    case ParamType::ipv6net_:
    case ParamType::ipnet_:
      out_ += "(n.a.)";
      return;  // no event has such a parameter
  }
}

void ParamRenderer::render(std::size_t index) {
  const auto& record = context_.event.record;
  const auto* param = &declared_param(record, index);
  const auto format = param->format;
  auto bytes = record.param(index);
  if (param->type == ParamType::dyn_ && !bytes.empty()) {
    const auto choice = static_cast<std::size_t>(bytes[0]);
    if (choice < param->dynamic.size()) {
      param = &param->dynamic[choice];
      bytes = bytes.subspan(1);
    }
  }
  if (bytes.empty()) {
    out_ += empty_text(param->type);
  } else {
    value(*param, format, bytes);
  }
}

}  // namespace

void render_param(std::string& out, FieldContext& context, std::size_t index, const RenderOptions& options) {
  ParamRenderer(out, context, options, false).render(index);
}

void render_resolved_param(std::string& out, FieldContext& context, std::size_t index, const RenderOptions& options) {
  ParamRenderer(out, context, options, true).render(index);
}

void render_args(std::string& out, FieldContext& context, const RenderOptions& options) {
  const auto& record = context.event.record;
  // What a generic event carries is its name, already shown as the type.
  if (record.type == code::GENERIC_E || record.type == code::GENERIC_X) return;
  ParamRenderer renderer(out, context, options, false);
  for (std::size_t i = 0; i < record.param_count; ++i) {
    out += declared_param(record, i).name;
    out += '=';
    renderer.render(i);
    out += ' ';
  }
}

void render_data(std::string& out, Bytes data, const RenderOptions& options) {
  switch (options.data) {
    case DataFormat::dotted:
      if (options.data_limit > 3 && data.size() > options.data_limit) {
        append_dotted(out, data.first(options.data_limit - 3));
        out += "...";
      } else {
        append_dotted(out, data);
      }
      break;
    case DataFormat::printable:
      append_lines(out, data);
      break;
    case DataFormat::hex:
      append_hex_rows(out, data, false);
      break;
    case DataFormat::hex_ascii:
      append_hex_rows(out, data, true);
      break;
    case DataFormat::base64:
      append_base64(out, data);
      break;
  }
}

}  // namespace tracer
