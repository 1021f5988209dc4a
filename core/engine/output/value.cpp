#include "names.hpp"
#include "render.hpp"
#include "text.hpp"

namespace tracer {
namespace {

// How many bits of a negative number hexadecimal and octal digits show.
std::uint64_t bits(const Value& value) {
  switch (value.type) {
    case ParamType::int8_:
    case ParamType::int16_:
    case ParamType::int32_:
      return static_cast<std::uint32_t>(value.number);
    default:
      return value.number;
  }
}

void render_number(std::string& out, const Value& value) {
  switch (value.format) {
    case PrintFormat::oct:
      append_number(out, bits(value), 8);
      return;
    case PrintFormat::hex:
      if (value.type == ParamType::uint8_ || value.type == ParamType::uint16_ || value.type == ParamType::uint32_)
        break;
      append_upper_hex(out, bits(value));
      return;
    case PrintFormat::padded_dec:
      is_signed(value.type) ? append_padded(out, value.as_signed(), 9) : append_padded(out, value.number, 9);
      return;
    default:
      break;
  }
  is_signed(value.type) ? append_number(out, value.as_signed()) : append_number(out, value.number);
}

void render_text(std::string& out, std::string_view text, const Value& value, const RenderOptions& options) {
  if (options.escape_control) {
    append_escaped(out, text);
  } else {
    append_name(out, text, value.controls);
  }
}

}  // namespace

void render_value(std::string& out, const Value& value, const RenderOptions& options) {
  switch (value.type) {
    case ParamType::charbuf_:
    case ParamType::fspath_:
    case ParamType::fsrelpath_:
      return render_text(out, value.text, value, options);
    case ParamType::bytebuf_:
    case ParamType::sockaddr_:
    case ParamType::socktuple_:
    case ParamType::fdlist_:
    case ParamType::dyn_:
    case ParamType::charbufarray_:
    case ParamType::charbuf_pair_array_:
      return render_text(out, as_c_text(value.bytes), value, options);
    case ParamType::ipv4addr_:
    case ParamType::ipv6addr_:
    case ParamType::ipaddr_:
    case ParamType::ipv4net_:
    case ParamType::ipv6net_:
    case ParamType::ipnet_:
      return append_address(out, value.bytes);
    case ParamType::bool_:
      out += value.number != 0 ? "true" : "false";
      return;
    case ParamType::double_: {
      char digits[400];
      out.append(digits, std::to_chars(digits, digits + sizeof digits, value.real, std::chars_format::fixed, 1).ptr);
      return;
    }
    default:
      return render_number(out, value);
  }
}

void render_value_json(std::string& out, const Value& value, const RenderOptions& options) {
  switch (value.type) {
    case ParamType::charbuf_:
    case ParamType::fspath_:
    case ParamType::fsrelpath_:
    case ParamType::bytebuf_:
    case ParamType::sockaddr_:
    case ParamType::socktuple_:
    case ParamType::fdlist_:
    case ParamType::dyn_:
    case ParamType::charbufarray_:
    case ParamType::charbuf_pair_array_:
    case ParamType::ipv4addr_:
    case ParamType::ipv6addr_:
    case ParamType::ipaddr_:
    case ParamType::ipv4net_:
    case ParamType::ipv6net_:
    case ParamType::ipnet_: {
      thread_local std::string text;
      text.clear();
      render_value(text, value, options);
      return append_json_string(out, text);
    }
    case ParamType::double_: {
      char digits[32];
      out.append(digits, std::to_chars(digits, digits + sizeof digits, value.real).ptr);
      return;
    }
    case ParamType::bool_:
      return render_value(out, value, options);
    default:
      break;
  }
  // Digits that are not a plain decimal number are text.
  const bool is_text =
      value.format == PrintFormat::hex || value.format == PrintFormat::oct || value.format == PrintFormat::padded_dec;
  if (is_text) out += '"';
  render_number(out, value);
  if (is_text) out += '"';
}

}  // namespace tracer
