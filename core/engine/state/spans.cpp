#include "spans.hpp"

#include <algorithm>
#include <charconv>

#include "state.hpp"

namespace tracer {
namespace {

// Spans whose end is lost would pile up.
constexpr std::size_t most_under_way = 128;
constexpr std::size_t longest_mark = 64 * 1024;

// Looks at text from left to right. Whatever is asked for beyond its end makes it `unfinished`.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  MarkError error() const { return error_; }
  bool failed() const { return error_ != MarkError::none; }
  void fail(MarkError error) {
    if (!failed()) error_ = error;
  }
  // 0 at the end.
  char peek() {
    if (rest_.empty()) fail(MarkError::unfinished);
    return rest_.empty() ? '\0' : rest_[0];
  }
  char take() {
    const char next = peek();
    if (!rest_.empty()) rest_.remove_prefix(1);
    return next;
  }
  void expect(char wanted) {
    if (take() != wanted) fail(MarkError::wrong);
  }
  void skip_blanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\n')) rest_.remove_prefix(1);
  }

 private:
  std::string_view rest_;
  MarkError error_ = MarkError::none;
};

// An id that is a word stands for one of the thread's own.
std::int64_t id_of(std::string_view word, const Thread& thread, Reader& reader) {
  if (word.empty() || word == "g") return 0;
  if (word == "t") return thread.tid;
  if (word == "p") return thread.pid;
  if (word == "pp") return thread.ptid;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) reader.fail(MarkError::wrong);
  return number;
}

// Text up to one of `ends`, which stays; what follows a backslash is text in any case.
std::string text_until(Reader& reader, std::string_view ends) {
  std::string text;
  while (!reader.failed() && ends.find(reader.peek()) == std::string_view::npos) {
    char next = reader.take();
    if (next == '\\') next = reader.take();
    text += next;
  }
  return text;
}

void parse_plain(Reader& reader, const Thread& thread, SpanMark& mark) {
  reader.expect(':');
  mark.span.id = id_of(text_until(reader, ":"), thread, reader);
  reader.expect(':');
  while (!reader.failed() && reader.peek() != ':') {
    mark.span.tags.push_back(text_until(reader, ".:"));
    if (reader.peek() == '.') reader.take();
  }
  reader.expect(':');
  while (!reader.failed() && reader.peek() != ':') {
    auto name = text_until(reader, "=,:");
    reader.expect('=');
    mark.span.arguments.emplace_back(std::move(name), text_until(reader, ",:"));
    if (reader.peek() == ',') reader.take();
  }
}

std::string json_text(Reader& reader) {
  reader.skip_blanks();
  reader.expect('"');
  auto text = text_until(reader, "\"");
  reader.expect('"');
  return text;
}

// Calls `item` for each of what stands between `open` and `close`.
template <typename Item>
void json_items(Reader& reader, char open, char close, Item item) {
  reader.skip_blanks();
  reader.expect(open);
  reader.skip_blanks();
  while (!reader.failed() && reader.peek() != close) {
    item();
    reader.skip_blanks();
    if (reader.peek() == ',') reader.take();
    reader.skip_blanks();
  }
  reader.expect(close);
}

void json_comma(Reader& reader) {
  reader.skip_blanks();
  reader.expect(',');
  reader.skip_blanks();
}

void parse_json(Reader& reader, const Thread& thread, SpanMark& mark) {
  reader.expect('[');
  const auto kind = json_text(reader);
  if (kind != ">" && kind != "<") reader.fail(MarkError::wrong);
  mark.begins = kind == ">";
  json_comma(reader);
  const auto id = reader.peek() == '"' ? json_text(reader) : text_until(reader, ", \t\n");
  mark.span.id = id_of(id.ends_with(':') ? std::string_view(id).substr(0, id.size() - 1) : id, thread, reader);
  json_comma(reader);
  json_items(reader, '[', ']', [&] { mark.span.tags.push_back(json_text(reader)); });
  json_comma(reader);
  json_items(reader, '[', ']', [&] {
    json_items(reader, '{', '}', [&] {
      auto name = json_text(reader);
      reader.skip_blanks();
      reader.expect(':');
      mark.span.arguments.emplace_back(std::move(name), json_text(reader));
    });
  });
  reader.skip_blanks();
  reader.expect(']');
}

bool is_mark_file(const Event& event) {
  const auto& record = event.record;
  return record.type == code::SYSCALL_WRITE_X && event.thread != nullptr && event.descriptor != nullptr &&
         event.descriptor->name == mark_device && record.value<std::int64_t>(0) >= 0;
}

}  // namespace

MarkError parse_mark(std::string_view text, const Thread& thread, SpanMark& mark) {
  mark = SpanMark();
  Reader reader(text);
  if (text.starts_with('>') || text.starts_with('<')) {
    mark.begins = reader.take() == '>';
    parse_plain(reader, thread, mark);
  } else {
    reader.skip_blanks();
    parse_json(reader, thread, mark);
  }
  mark.span.tid = thread.tid;
  mark.span.pid = thread.pid;
  mark.span.ptid = thread.ptid;
  return reader.error();
}

bool SpanTable::is_interested(std::int64_t tid, std::string_view text) const {
  if (!unfinished_.empty() && unfinished_.contains(tid)) return true;
  if (text.starts_with('>') || text.starts_with('<')) return true;
  const auto first = text.find_first_not_of(" \t\n");
  return first == std::string_view::npos || text[first] == '[';
}

void SpanTable::observe(const Event& event) {
  mark_.reset();
  if (!is_mark_file(event)) return;
  const auto& record = event.record;
  if (!is_interested(record.tid, as_text(record.param(1)))) return;
  auto& pending = unfinished_[record.tid];
  pending += as_text(record.param(1));
  SpanMark mark;
  const auto error = parse_mark(pending, *event.thread, mark);
  if (error == MarkError::unfinished && pending.size() < longest_mark) return;
  unfinished_.erase(record.tid);
  if (error != MarkError::none) return;
  mark.span.time = record.timestamp;
  take(std::move(mark));
}

void SpanTable::take(SpanMark mark) {
  ended_.reset();
  if (mark.begins) {
    if (under_way_.size() == most_under_way) under_way_.clear();
    under_way_.push_front(mark.span);
  } else {
    const auto same = std::ranges::find_if(
        under_way_, [&](const Span& span) { return span.id == mark.span.id && span.tags == mark.span.tags; });
    if (same != under_way_.end()) {
      ended_ = std::move(*same);
      under_way_.erase(same);
    }
  }
  mark_ = std::move(mark);
}

const Span* SpanTable::beginning() const {
  if (!mark_) return nullptr;
  if (mark_->begins) return &under_way_.front();
  return ended_ ? &*ended_ : nullptr;
}

const Span* SpanTable::parent(const Span& span) const {
  if (span.tags.empty()) return nullptr;
  const auto is_parent = [&](const Span& other) {
    return other.id == span.id && other.tags.size() + 1 == span.tags.size() &&
           std::equal(other.tags.begin(), other.tags.end(), span.tags.begin());
  };
  const auto found = std::ranges::find_if(under_way_, is_parent);
  return found == under_way_.end() ? nullptr : &*found;
}

}  // namespace tracer
