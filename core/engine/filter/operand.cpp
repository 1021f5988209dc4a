#include "operand.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <stdexcept>

#include "../fields/params.hpp"
#include "comparison.hpp"

namespace tracer::filter {
namespace {

using Operands = std::vector<std::unique_ptr<Operand>>;

bool any_keeps_history(const Operands& operands) {
  return std::ranges::any_of(operands, [](const auto& operand) { return operand->keeps_history(); });
}

int total_cost(const Operands& operands) {
  int cost = 0;
  for (const auto& operand : operands) cost += operand->cost();
  return cost;
}

// Only the order of magnitude counts: it decides which of several checks is tried first.
int cost_of_field(std::string_view name) {
  struct Entry {
    std::string_view prefix;
    int cost;
  };
  static constexpr std::array entries = {
      Entry{"evt.args", 400},    Entry{"evt.arg", 150},       Entry{"evt.info", 400},    Entry{"evt.abspath", 100},
      Entry{"evt.rawarg", 20},   Entry{"evt.type", 5},        Entry{"evt.num", 5},       Entry{"evt.cpu", 5},
      Entry{"proc.cmdline", 80}, Entry{"proc.pcmdline", 100}, Entry{"proc.exeline", 80}, Entry{"proc.args", 60},
      Entry{"proc.env", 80},     Entry{"proc.a", 100},        Entry{"proc.name", 6},     Entry{"proc.pid", 6},
      Entry{"thread.tid", 6},    Entry{"fd.num", 6},          Entry{"fd.type", 8},       Entry{"container.", 100},
  };
  for (const auto& entry : entries) {
    if (name.starts_with(entry.prefix)) return entry.cost;
  }
  return 30;
}

// The event codes that can have a value of the field. All, unless the field is of the event's descriptor, or is a
// parameter of a certain name.
std::bitset<event_code_count> codes_with(std::string_view field, const std::optional<std::string>& argument) {
  static constexpr std::array not_of_the_descriptor = {"fd.types", "fd.uid", "fd.containername",
                                                       "fd.containerdirectory"};
  constexpr auto about = event_flag::uses_fd | event_flag::creates_fd | event_flag::destroys_fd;
  std::bitset<event_code_count> codes;
  codes.set();
  const bool is_of_descriptor =
      field.starts_with("fd.") && std::ranges::find(not_of_the_descriptor, field) == not_of_the_descriptor.end();
  const bool is_param = (field == "evt.arg" || field == "evt.rawarg") && argument && !argument->empty() &&
                        argument->find_first_not_of("0123456789") != std::string::npos;
  if (is_of_descriptor) {
    for (std::size_t code = 0; code < event_code_count; ++code) {
      codes[code] = ((events[code].flags | events[code].flags_in_0293) & about) != 0;
    }
  } else if (is_param) {
    const ParamIndex params(*argument);
    for (std::uint16_t code = 0; code < event_code_count; ++code) codes[code] = params.is_declared_by(code);
  }
  return codes;
}

// To ask a plugin takes longer than everything else that a filter may do.
constexpr int cost_of_plugin = 1'000'000;

class Field final : public Operand {
 public:
  explicit Field(const OperandProgram& program)
      : reader_(bind_field(program.name, program.argument)),
        codes_(codes_with(program.name, program.argument)),
        cost_(reader_->info->is_plugin ? cost_of_plugin : cost_of_field(program.name)) {}
  bool may_have_value(std::uint16_t code) const override { return codes_[code] && reader_->may_have_value(code); }
  void read(FieldContext& context, Values& values) const override { reader_->read(context, values); }
  int cost() const override { return cost_; }
  bool keeps_history() const override { return reader_->info->keeps_history; }

 private:
  std::unique_ptr<FieldReader> reader_;
  std::bitset<event_code_count> codes_;
  int cost_;
};

Value text_value(std::string_view text) {
  Value value;
  value.type = ParamType::charbuf_;
  value.text = text;
  return value;
}

class Text final : public Operand {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  void read(FieldContext&, Values& values) const override { values.push_back(text_value(text_)); }
  int cost() const override { return 1; }

 private:
  std::string text_;
};

class List final : public Operand {
 public:
  explicit List(Operands items) : items_(std::move(items)) {}
  void read(FieldContext& context, Values& values) const override {
    for (const auto& item : items_) item->read(context, values);
  }
  int cost() const override { return total_cost(items_); }
  bool keeps_history() const override { return any_keeps_history(items_); }

 private:
  Operands items_;
};

// A function of each value by itself. `apply` makes the new text; false: the value has no result.
class Mapping final : public Operand {
 public:
  using Apply = bool (*)(std::string_view from, std::string& to);
  Mapping(Apply apply, Operands operands) : apply_(apply), operand_(std::move(operands.at(0))) {}
  void read(FieldContext& context, Values& values) const override {
    const auto first = values.size();
    operand_->read(context, values);
    auto kept = first;
    for (auto i = first; i < values.size(); ++i) {
      auto& text = context.scratch.text();
      if (!apply_(data_of(values[i]), text)) continue;
      auto& value = values[kept++];
      value.type = values[i].type;
      value.text = text;
      value.bytes = as_bytes(text);
    }
    values.resize(kept);
  }
  int cost() const override { return operand_->cost() + 30; }
  bool keeps_history() const override { return operand_->keeps_history(); }

 private:
  Apply apply_;
  std::unique_ptr<Operand> operand_;
};

bool to_lower(std::string_view from, std::string& to) {
  for (const char c : from) to.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  return true;
}

bool to_upper(std::string_view from, std::string& to) {
  for (const char c : from) to.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return true;
}

bool base_name(std::string_view from, std::string& to) {
  const auto slash = from.rfind('/');
  to = slash == std::string_view::npos ? from : from.substr(slash + 1);
  return true;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// Padding may be missing.
bool decode_base64(std::string_view from, std::string& to) {
  for (int padding = 0; padding < 2 && from.ends_with('='); ++padding) from.remove_suffix(1);
  if (from.size() % 4 == 1) return false;
  unsigned bits = 0, count = 0;
  for (const char c : from) {
    const int digit = base64_digit(c);
    if (digit < 0) return false;
    bits = bits << 6 | static_cast<unsigned>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    to.push_back(static_cast<char>(bits >> count & 0xFF));
  }
  return true;
}

class Length final : public Operand {
 public:
  Length(bool of_list, Operands operands) : of_list_(of_list), operand_(std::move(operands.at(0))) {}
  void read(FieldContext& context, Values& values) const override {
    const auto first = values.size();
    operand_->read(context, values);
    if (values.size() == first) return;
    const auto length = of_list_ ? values.size() - first : data_of(values[first]).size();
    values.resize(first);
    auto& value = values.emplace_back();
    value.type = ParamType::uint64_;
    value.number = length;
  }
  int cost() const override { return operand_->cost(); }
  bool keeps_history() const override { return operand_->keeps_history(); }

 private:
  bool of_list_;
  std::unique_ptr<Operand> operand_;
};

// Texts put together: all of them, or those of a list with a separator between.
class Joined final : public Operand {
 public:
  Joined(bool separated, Operands operands) : separated_(separated), operands_(std::move(operands)) {}
  void read(FieldContext& context, Values& values) const override {
    const auto first = values.size();
    for (const auto& operand : operands_) {
      const auto before = values.size();
      operand->read(context, values);
      if (values.size() == before) return values.resize(first);
    }
    auto& text = context.scratch.text();
    const auto separator = separated_ ? data_of(values[first]) : std::string_view();
    const auto begin = first + (separated_ ? 1 : 0);
    for (auto i = begin; i < values.size(); ++i) {
      if (i > begin) text += separator;
      text += data_of(values[i]);
    }
    values.resize(first);
    values.push_back(text_value(text));
  }
  int cost() const override { return total_cost(operands_) + 30; }
  bool keeps_history() const override { return any_keeps_history(operands_); }

 private:
  bool separated_;
  Operands operands_;
};

// The short options of a command line, as getopt(3) finds them: each by its letter, its value behind it.
class Options final : public Operand {
 public:
  // The command line, the options, and, where only the value of one is wanted, its letter.
  explicit Options(Operands operands) : operands_(std::move(operands)) {}
  void read(FieldContext& context, Values& values) const override {
    Values options;
    operands_.at(1)->read(context, options);
    if (options.empty()) return;
    Values words;
    operands_[0]->read(context, words);
    Values wanted;
    if (operands_.size() > 2) operands_[2]->read(context, wanted);
    parse(data_of(options[0]), words, wanted.empty() ? std::string_view() : data_of(wanted[0]), values);
  }
  int cost() const override { return total_cost(operands_) + 60; }
  bool keeps_history() const override { return any_keeps_history(operands_); }

 private:
  static void parse(std::string_view options, const Values& words, std::string_view wanted, Values& values) {
    std::optional<std::string_view> selected;
    const auto found = [&](std::string_view letter, std::optional<std::string_view> value) {
      if (wanted.empty()) {
        if (letter.data() != nullptr) values.push_back(text_value(letter));
        if (value) values.push_back(text_value(*value));
      } else if (letter == wanted) {
        selected = value.value_or(letter);
      }
    };
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto word = data_of(words[i]);
      if (word == "--" || word.size() < 2 || word[0] != '-') break;
      if (word.starts_with("--")) continue;
      for (std::size_t at = 1; at < word.size(); ++at) {
        const auto letter = word.substr(at, 1);
        const auto option = letter == ":" ? std::string_view::npos : options.find(letter);
        if (option == std::string_view::npos) {
          if (wanted.empty()) values.push_back(text_value("?"));
          continue;
        }
        if (!options.substr(option + 1).starts_with(':')) {
          found(letter, std::nullopt);
          continue;
        }
        if (at + 1 < word.size()) {
          found(letter, word.substr(at + 1));
        } else if (i + 1 < words.size()) {
          found(letter, data_of(words[++i]));
        } else if (wanted.empty() || letter == wanted) {
          // Nothing is left that could be the value.
          selected = "";
          if (wanted.empty()) values.push_back(text_value(""));
        }
        break;
      }
    }
    if (!wanted.empty() && selected) values.push_back(text_value(*selected));
  }

  Operands operands_;
};

bool is_list(const OperandProgram& program) {
  if (program.kind == OperandProgram::Kind::call) return program.name == "getopt" && program.operands.size() == 2;
  if (program.kind == OperandProgram::Kind::list) return true;
  const auto* info = program.kind == OperandProgram::Kind::field ? find_field(program.name) : nullptr;
  return info && info->is_list;
}

std::unique_ptr<Operand> make_call(const OperandProgram& program, Operands operands) {
  const auto& name = program.name;
  if (operands.empty()) throw std::invalid_argument(name + "() has no argument");
  if (name == "tolower") return std::make_unique<Mapping>(to_lower, std::move(operands));
  if (name == "toupper") return std::make_unique<Mapping>(to_upper, std::move(operands));
  if (name == "basename") return std::make_unique<Mapping>(base_name, std::move(operands));
  if (name == "b64") return std::make_unique<Mapping>(decode_base64, std::move(operands));
  if (name == "len") return std::make_unique<Length>(is_list(program.operands[0]), std::move(operands));
  if (name == "join" || name == "concat") return std::make_unique<Joined>(name == "join", std::move(operands));
  if (name == "getopt") return std::make_unique<Options>(std::move(operands));
  throw std::invalid_argument("there is no function " + name);
}

}  // namespace

std::unique_ptr<Operand> make_operand(const OperandProgram& program) {
  using Kind = OperandProgram::Kind;
  if (program.kind == Kind::field) return std::make_unique<Field>(program);
  if (program.kind == Kind::text) return std::make_unique<Text>(program.name);
  Operands operands;
  for (const auto& operand : program.operands) operands.push_back(make_operand(operand));
  if (program.kind == Kind::list) return std::make_unique<List>(std::move(operands));
  return make_call(program, std::move(operands));
}

}  // namespace tracer::filter
