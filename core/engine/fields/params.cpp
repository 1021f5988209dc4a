#include "params.hpp"

namespace tracer {

namespace {

template <typename T>
std::uint64_t widen(Bytes bytes) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(read_value<T>(bytes)));
}

}  // namespace

ParamIndex::ParamIndex(std::string_view name) {
  positions_.fill(-1);
  for (std::size_t type = 0; type < event_code_count; ++type) {
    const auto params = events[type].params;
    for (std::size_t index = 0; index < params.size(); ++index) {
      const auto& param = params[index];
      if (param.name != name && !(param.was && param.was->name == name)) continue;
      positions_[type] = static_cast<std::int8_t>(index);
      if (!declaration_) declaration_ = &param;
      break;
    }
  }
}

std::optional<Value> param_value(const Record& record, std::size_t index) {
  using enum ParamType;
  const auto* param = &declared_param(record, index);
  auto bytes = record.param(index);
  Value value;
  if (param->type == dyn_) {
    if (bytes.empty() || read_value<std::uint8_t>(bytes) >= param->dynamic.size()) return std::nullopt;
    param = &param->dynamic[read_value<std::uint8_t>(bytes)];
    bytes = bytes.subspan(1);
  }
  value.type = param->type;
  value.format = param->format;
  value.param = param;
  switch (param->type) {
    case charbuf_:
    case fspath_:
    case fsrelpath_:
      value.text = as_c_text(bytes);
      return value;
    case bytebuf_:
    case sockaddr_:
    case socktuple_:
    case fdlist_:
    case charbufarray_:
    case charbuf_pair_array_:
    case ipv4addr_:
    case ipv6addr_:
    case ipv4net_:
    case ipv6net_:
    case ipaddr_:
    case ipnet_:
      value.bytes = bytes;
      return value;
    default:
      break;
  }
  if (bytes.empty()) return std::nullopt;
  switch (param->type) {
    case int8_:
      value.number = widen<std::int8_t>(bytes);
      break;
    case int16_:
      value.number = widen<std::int16_t>(bytes);
      break;
    case int32_:
    case fd32_:
    case pid32_:
      value.number = widen<std::int32_t>(bytes);
      break;
    case double_:
      value.real = read_value<double>(bytes);
      break;
    default:
      value.number = read_value<std::uint64_t>(bytes);  // zero-extended where the type is narrower
      break;
  }
  return value;
}

std::optional<std::size_t> result_param(const Record& record) {
  static const ParamIndex res("res");
  static const ParamIndex fd("fd");
  if (const auto index = res.find(record)) return index;
  if (record.type >= event_code_count || record.is_enter()) return std::nullopt;
  if (!(record.info().flags & event_flag::creates_fd)) return std::nullopt;
  return fd.find(record);
}

std::optional<std::int64_t> result(const Record& record) {
  const auto index = result_param(record);
  if (!index) return std::nullopt;
  const auto value = param_value(record, *index);
  if (!value) return std::nullopt;
  return value->as_signed();
}

}  // namespace tracer
