#include "short_part.hpp"

#include <charconv>
#include <cstring>

#include "../fields/text.hpp"
#include "text.hpp"

namespace tracer {
namespace {

template <int count>
void put_digits(char* at, std::uint32_t number) {
  for (int digit = count - 1; digit >= 0; --digit, number /= 10) at[digit] = static_cast<char>('0' + number % 10);
}

// Numbers, which are the same in JSON.
template <auto number>
class NumberPart final : public Part {
 public:
  bool write_text(std::string& out, FieldContext& context) override {
    append_number(out, number(context));
    return true;
  }
  bool write_json(std::string& out, FieldContext& context) override { return write_text(out, context); }
  char* write_short(char* at, FieldContext& context) override {
    return std::to_chars(at, at + longest_short, number(context)).ptr;
  }
};

// Texts; none where their data is null.
template <auto text>
class TextPart final : public Part {
 public:
  bool write_text(std::string& out, FieldContext& context) override {
    const std::string_view found = text(context);
    out += found;
    return found.data() != nullptr;
  }
  bool write_json(std::string& out, FieldContext& context) override {
    const std::string_view found = text(context);
    if (found.data() != nullptr) append_json_string(out, found);
    return found.data() != nullptr;
  }
  char* write_short(char* at, FieldContext& context) override {
    const std::string_view found = text(context);
    return found.data() == nullptr || found.size() > longest_short ? nullptr : put_text(at, found);
  }
};

// The local time of day with nanoseconds; nearly always in the second of the event before.
class TimeOfDayPart final : public Part {
 public:
  bool write_text(std::string& out, FieldContext& context) override {
    char text[longest_short];
    out.append(text, write_short(text, context));
    return true;
  }
  bool write_json(std::string& out, FieldContext& context) override {
    append_number(out, context.event.record.timestamp);
    return true;
  }
  char* write_short(char* at, FieldContext& context) override {
    constexpr std::uint64_t nanoseconds = 1'000'000'000;
    const auto time = context.event.record.timestamp;
    if (time / nanoseconds != second_) {
      second_ = time / nanoseconds;
      text_.clear();
      append_time(text_, time, TimeStyle::time_s);
      text_ += '.';
    }
    at = put_text(at, text_);
    const auto rest = static_cast<std::uint32_t>(time % nanoseconds);
    // Groups that do not wait for each other.
    put_digits<3>(at, rest / 1'000'000);
    put_digits<3>(at + 3, rest / 1000 % 1000);
    put_digits<3>(at + 6, rest % 1000);
    return at + 9;
  }

 private:
  std::uint64_t second_ = ~std::uint64_t{0};
  std::string text_;  // of that second
};

std::uint64_t event_number(const FieldContext& context) { return context.event.number; }
std::uint16_t cpu(const FieldContext& context) { return context.event.record.cpu; }
std::int64_t tid(const FieldContext& context) { return context.event.record.tid; }
std::string_view direction(const FieldContext& context) { return context.event.record.is_enter() ? ">" : "<"; }
std::string_view type_name(const FieldContext& context) {
  const auto& record = context.event.record;
  const bool is_generic = record.type == code::GENERIC_E || record.type == code::GENERIC_X;
  return is_generic ? generic_name(record) : record.info().name;
}
std::string_view program(const FieldContext& context) {
  return context.event.thread == nullptr ? std::string_view() : std::string_view(context.event.thread->comm);
}

}  // namespace

std::unique_ptr<Part> make_short_part(std::string_view name, const RenderOptions& options) {
  if (name == "evt.num") return std::make_unique<NumberPart<event_number>>();
  if (name == "evt.cpu") return std::make_unique<NumberPart<cpu>>();
  if (name == "thread.tid") return std::make_unique<NumberPart<tid>>();
  if (name == "evt.dir") return std::make_unique<TextPart<direction>>();
  if (name == "evt.type") return std::make_unique<TextPart<type_name>>();
  if (name == "proc.name" && !options.escape_control) return std::make_unique<TextPart<program>>();
  const bool is_time_of_day = name == "evt.time" || (name == "evt.outputtime" && options.time == TimeFormat::hour);
  return is_time_of_day ? std::make_unique<TimeOfDayPart>() : nullptr;
}

}  // namespace tracer
