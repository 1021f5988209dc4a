// Spans: what programs mark in the stream of their events by writing to /dev/null, as `>:ID:TAGS:ARGUMENTS:` where a
// span begins and `<:ID:TAGS:ARGUMENTS:` where it ends, or as JSON: `[">", ID, ["TAG", ...], [{"NAME": "VALUE"},
// ...]]`.
#pragma once
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tracer {

struct Event;
struct Thread;

struct Span {
  std::int64_t id = 0;
  std::vector<std::string> tags;
  std::vector<std::pair<std::string, std::string>> arguments;
  // Of the thread that wrote the mark.
  std::int64_t tid = 0;
  std::int64_t pid = 0;
  std::int64_t ptid = 0;
  std::uint64_t time = 0;  // nanoseconds since the epoch
};

struct SpanMark {
  bool begins = true;
  Span span;  // with the tags and arguments of this mark
};

// What marks are written to.
inline constexpr std::string_view mark_device = "/dev/null";

enum class MarkError : std::uint8_t { none, unfinished, wrong };

// Reads a mark that `thread` wrote; `mark` is only complete where that went well.
MarkError parse_mark(std::string_view text, const Thread& thread, SpanMark& mark);

// The spans under way.
class SpanTable {
 public:
  // Takes note of the event, which has been looked up in the other tables.
  void observe(const Event& event);
  // Whether `observe` has to be told of an event that writes `text` to what is marked in.
  bool is_interested(std::int64_t tid, std::string_view text) const;
  // Null unless the event observed last is a mark.
  const SpanMark* mark() const { return mark_ ? &*mark_ : nullptr; }
  // The beginning of the span whose mark the event observed last is; null where it is not known.
  const Span* beginning() const;
  // The latest to begin first.
  const std::list<Span>& under_way() const { return under_way_; }
  // Of the span that begins or ends with this one inside it; null for none.
  const Span* parent(const Span& span) const;
  void clear() { *this = SpanTable(); }

 private:
  void take(SpanMark mark);

  std::optional<SpanMark> mark_;
  std::optional<Span> ended_;  // the one that ended with `mark_`
  std::list<Span> under_way_;
  std::unordered_map<std::int64_t, std::string> unfinished_;  // marks, by thread, that come in more than one piece
};

}  // namespace tracer
