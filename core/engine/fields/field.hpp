// Fields: what can be asked of an event by name, in filters, formats and from Python.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../state/state.hpp"
#include "value.hpp"

namespace tracer {

enum class ArgumentKind : std::uint8_t { none, optional, required };

// What a field is, apart from any event.
struct FieldInfo {
  std::string_view name;  // "proc.name"
  ParamType type = ParamType::none_;
  PrintFormat format = PrintFormat::na;
  std::string_view description;
  ArgumentKind argument = ArgumentKind::none;  // takes [..] or a dotted rest
  bool is_list = false;
  bool filter_only = false;    // cannot be printed (evt.around, ...)
  bool unlisted = false;       // works, but is left out of listings
  bool keeps_history = false;  // its value depends on the events that it was read of before
  bool is_plugin = false;      // a plugin brings it: to read it takes long
};

using Values = std::vector<Value>;

// Text made while a field is read lives here until the next event.
class Scratch {
 public:
  std::string& text() {
    if (used_ == texts_.size()) texts_.push_back(std::make_unique<std::string>());
    auto& text = *texts_[used_++];
    text.clear();
    return text;
  }
  void reset() { used_ = 0; }

  // For a check's two sides; they are filled anew by each check.
  Values left, right;

 private:
  std::vector<std::unique_ptr<std::string>> texts_;
  std::size_t used_ = 0;
};

struct RenderOptions;

struct FieldContext {
  State& state;
  Event& event;
  Scratch& scratch;
  const RenderOptions* render = nullptr;  // how fields that are rendered parameters (evt.args) print; null: default
};

// A field with its argument bound, ready to be read from events.
class FieldReader {
 public:
  FieldReader() = default;
  FieldReader(const FieldReader&) = delete;
  FieldReader& operator=(const FieldReader&) = delete;
  virtual ~FieldReader() = default;
  // Appends the field's values: none where the event has none, one for a scalar, any number for a list.
  virtual void read(FieldContext& context, Values& values) const = 0;
  // False where no event with this code has a value.
  virtual bool may_have_value(std::uint16_t) const { return true; }
  const FieldInfo* info = nullptr;  // with the type that the argument gives the field (evt.rawarg)
  std::string argument;
};

// All fields of the engine, in listing order.
std::span<const FieldInfo> all_fields();
// Those that plugins added, in the order they came in.
std::vector<const FieldInfo*> plugin_fields();
// Null where no field has exactly this name.
const FieldInfo* find_field(std::string_view name);

// A field as it is written: "evt.arg[0]", "evt.arg.fd", "proc.name".
struct FieldText {
  const FieldInfo* field = nullptr;
  std::optional<std::string_view> argument;
  std::size_t length = 0;  // of the text that names the field and its argument
};
// The field that `text` begins with: the longest name that fits. What follows `length` belongs to the caller.
std::optional<FieldText> split_field(std::string_view text);

using FieldBinder = std::function<std::unique_ptr<FieldReader>(const FieldInfo&, std::optional<std::string_view>)>;
// Adds a field that a plugin brings, for good. Throws std::invalid_argument for a name that is taken.
void add_plugin_field(std::string name, std::string description, FieldInfo info, FieldBinder bind);
// `load` is called once, when a field is first asked for that there is not yet: it may add some.
void set_field_loader(std::function<void()> load);
// Calls it now, unless that has happened.
void load_plugin_fields();

// Binds `argument` (what stands in brackets, or after the dot) to the field called `name`.
// Throws std::invalid_argument with a message for the user.
std::unique_ptr<FieldReader> bind_field(std::string_view name, std::optional<std::string_view> argument);

}  // namespace tracer
