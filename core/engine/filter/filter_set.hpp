// Many filters asked at once of each event: what they have in common is evaluated once, and a filter that the event's
// type rules out costs nothing.
#pragma once
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "filter.hpp"

namespace tracer {

namespace filter {
class Node;
}

// An event passes if any of the filters lets it pass. For one run at a time: it remembers what it found out.
class FilterSet final : public Filter {
 public:
  using Codes = std::bitset<event_code_count>;

  // `first_only`: of several filters that fit, only the first counts, and no other is tried. `codes`: the event types
  // that are looked at. Throws as compile_filter does.
  FilterSet(const std::vector<filter::Program>& programs, bool first_only, const Codes& codes);
  ~FilterSet() override;
  FilterSet(const FilterSet&) = delete;
  FilterSet& operator=(const FilterSet&) = delete;

  bool matches(FieldContext& context) const override;
  bool may_match(EventKind kind) const override;
  bool rejects(std::uint16_t code, const Thread& thread) const override;
  bool keeps_history() const override;

  // Which filters fit the event that was asked for last, by their place, in order.
  std::span<const std::uint32_t> matched() const { return matched_; }

 private:
  using Candidates = std::vector<std::uint32_t>;
  const Candidates& candidates(const Record& record) const;

  mutable std::uint64_t serial_ = 0;  // of the event: what shared parts remember holds for one
  std::vector<std::unique_ptr<filter::Node>> filters_;
  bool first_only_;
  Codes codes_;
  // Filters to try, by event code, and of generic events by call, found out when such an event first comes.
  std::vector<Candidates> by_code_;
  mutable std::vector<std::optional<Candidates>> by_call_;
  mutable std::vector<std::uint32_t> matched_;
};

}  // namespace tracer
