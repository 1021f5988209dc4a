// A filter as the parser hands it over: checked against the fields, not yet ready to run.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tracer::filter {

// Wide enough for all values of signed and of unsigned 64-bit fields.
using Number = __int128;

enum class Operator : std::uint8_t {
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  contains,
  contains_any_case,
  starts_with,
  ends_with,
  glob,
  glob_any_case,
  regex,
  in,
  path_prefix,
  exists,
};

// How many of several constants must fit.
enum class Modifier : std::uint8_t { none, one_of, any_of, all_of };

struct Constant {
  enum class Kind : std::uint8_t { text, number, real, address, network, dynamic };
  Kind kind = Kind::text;
  std::string bytes;             // text, address, network, dynamic
  std::optional<Number> number;  // number; dynamic, where the text is one
  double real = 0;
  unsigned prefix_length = 0;  // network
};

struct OperandProgram {
  enum class Kind : std::uint8_t { field, call, list, text };
  Kind kind = Kind::field;
  std::string name;  // of the field or function; the text itself
  std::optional<std::string> argument;
  std::vector<OperandProgram> operands;
};

struct CheckProgram {
  OperandProgram left;
  Operator op = Operator::equal;
  Modifier modifier = Modifier::none;
  bool all_values = false;  // all values of the left side must fit, rather than any
  std::vector<Constant> constants;
  std::optional<OperandProgram> right;  // instead of constants
};

struct Program {
  enum class Kind : std::uint8_t { all, any, negation, check, around };
  Kind kind = Kind::check;
  std::vector<Program> children;
  CheckProgram check;
  std::uint64_t timestamp = 0;  // around: nanoseconds since the epoch,
  std::uint64_t distance = 0;   // and how many nanoseconds events may lie before or after
};

}  // namespace tracer::filter
