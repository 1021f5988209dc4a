// Event parameters as field values.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "registry.hpp"

namespace tracer {

// Where each event type carries the parameter of one name; also under the name by which sysdig 0.29.3 knows it.
class ParamIndex {
 public:
  explicit ParamIndex(std::string_view name);
  // The position in `record`, if it carries the parameter.
  std::optional<std::size_t> find(const Record& record) const {
    if (record.type >= event_code_count) return std::nullopt;
    const auto at = positions_[record.type];
    if (at < 0 || !record.has_param(static_cast<std::size_t>(at))) return std::nullopt;
    return static_cast<std::size_t>(at);
  }
  // Whether events with this code may carry it.
  bool is_declared_by(std::uint16_t code) const { return positions_[code] >= 0; }
  // The first declaration of a parameter of this name, or null if no event has one.
  const ParamInfo* declaration() const { return declaration_; }

 private:
  std::array<std::int8_t, event_code_count> positions_;
  const ParamInfo* declaration_ = nullptr;
};

// A parameter's bytes as a value of the parameter's own type; nothing where a number has no bytes.
std::optional<Value> param_value(const Record& record, std::size_t index);

// What the call returned: parameter `res`, or `fd` of exit events that make a descriptor.
std::optional<std::size_t> result_param(const Record& record);
std::optional<std::int64_t> result(const Record& record);

// Categories without the marks (syscall, tracepoint, ...) that are combined with them.
inline std::uint32_t plain_category(const EventInfo& info) { return info.categories & 0xFF; }
inline bool is_io(const EventInfo& info) { return (plain_category(info) & category::io_read) != 0; }

}  // namespace tracer
