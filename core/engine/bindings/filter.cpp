// Filter: from the nested tuples of tracer.core.filter.compiler to the engine's filter.
#include "../filter/filter.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <array>
#include <stdexcept>

#include "../filter/filter_set.hpp"
#include "bindings.hpp"

namespace nb = nanobind;

namespace tracer {
namespace {

using namespace filter;

constexpr int max_depth = 250;

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument("filter program: " + what); }

std::string text_of(nb::handle object) {
  if (nb::isinstance<nb::bytes>(object)) {
    const auto bytes = nb::borrow<nb::bytes>(object);
    return {bytes.c_str(), bytes.size()};
  }
  std::string text;
  if (!nb::try_cast(object, text)) refuse("text expected");
  return text;
}

nb::tuple tuple_of(nb::handle object, std::size_t least_size) {
  if (!nb::isinstance<nb::tuple>(object)) refuse("tuple expected");
  auto tuple = nb::borrow<nb::tuple>(object);
  if (tuple.size() < least_size) refuse("tuple too short");
  return tuple;
}

Number number_of(nb::handle object) {
  std::int64_t as_signed = 0;
  if (nb::try_cast(object, as_signed)) return as_signed;
  std::uint64_t as_unsigned = 0;
  if (!nb::try_cast(object, as_unsigned)) refuse("number of at most 64 bits expected");
  return as_unsigned;
}

std::uint64_t unsigned_of(nb::handle object) {
  const auto number = number_of(object);
  if (number < 0) refuse("number must not be negative");
  return static_cast<std::uint64_t>(number);
}

template <typename T, std::size_t size>
T named(nb::handle object, const std::array<std::pair<std::string_view, T>, size>& names) {
  const auto name = text_of(object);
  for (const auto& [known, value] : names) {
    if (known == name) return value;
  }
  refuse("'" + name + "' is not known here");
}

constexpr auto operators = std::to_array<std::pair<std::string_view, Operator>>({
    {"=", Operator::equal},
    {"!=", Operator::not_equal},
    {"<", Operator::less},
    {"<=", Operator::less_or_equal},
    {">", Operator::greater},
    {">=", Operator::greater_or_equal},
    {"contains", Operator::contains},
    {"bcontains", Operator::contains},
    {"icontains", Operator::contains_any_case},
    {"startswith", Operator::starts_with},
    {"bstartswith", Operator::starts_with},
    {"endswith", Operator::ends_with},
    {"glob", Operator::glob},
    {"iglob", Operator::glob_any_case},
    {"regex", Operator::regex},
    {"in", Operator::in},
    {"intersects", Operator::in},
    {"pmatch", Operator::path_prefix},
    {"exists", Operator::exists},
});

constexpr auto modifiers = std::to_array<std::pair<std::string_view, Modifier>>({
    {"", Modifier::none},
    {"oneof", Modifier::one_of},
    {"anyof", Modifier::any_of},
    {"allof", Modifier::all_of},
});

constexpr auto quantifiers = std::to_array<std::pair<std::string_view, bool>>({{"any", false}, {"all", true}});

constexpr auto operand_kinds = std::to_array<std::pair<std::string_view, OperandProgram::Kind>>({
    {"field", OperandProgram::Kind::field},
    {"call", OperandProgram::Kind::call},
    {"list", OperandProgram::Kind::list},
    {"text", OperandProgram::Kind::text},
});

constexpr auto constant_kinds = std::to_array<std::pair<std::string_view, Constant::Kind>>({
    {"text", Constant::Kind::text},
    {"number", Constant::Kind::number},
    {"real", Constant::Kind::real},
    {"address", Constant::Kind::address},
    {"network", Constant::Kind::network},
    {"dynamic", Constant::Kind::dynamic},
});

constexpr auto program_kinds = std::to_array<std::pair<std::string_view, Program::Kind>>({
    {"and", Program::Kind::all},
    {"or", Program::Kind::any},
    {"not", Program::Kind::negation},
    {"check", Program::Kind::check},
    {"around", Program::Kind::around},
});

Constant constant_of(nb::handle object) {
  const auto tuple = tuple_of(object, 2);
  Constant constant;
  constant.kind = named(tuple[0], constant_kinds);
  switch (constant.kind) {
    case Constant::Kind::number:
      constant.number = number_of(tuple[1]);
      break;
    case Constant::Kind::real:
      if (!nb::try_cast(tuple[1], constant.real)) refuse("real number expected");
      break;
    case Constant::Kind::network:
      constant.bytes = text_of(tuple[1]);
      constant.prefix_length = static_cast<unsigned>(unsigned_of(tuple_of(tuple, 3)[2]));
      break;
    case Constant::Kind::dynamic:
      constant.bytes = text_of(tuple[1]);
      if (!tuple_of(tuple, 3)[2].is_none()) constant.number = number_of(tuple[2]);
      break;
    default:
      constant.bytes = text_of(tuple[1]);
  }
  return constant;
}

OperandProgram operand_of(nb::handle object, int depth) {
  if (depth > max_depth) refuse("nested too deep");
  const auto tuple = tuple_of(object, 2);
  OperandProgram operand;
  operand.kind = named(tuple[0], operand_kinds);
  if (operand.kind != OperandProgram::Kind::list) operand.name = text_of(tuple[1]);
  if (operand.kind == OperandProgram::Kind::field) {
    if (!tuple_of(tuple, 3)[2].is_none()) operand.argument = text_of(tuple[2]);
  } else if (operand.kind != OperandProgram::Kind::text) {
    const std::size_t at = operand.kind == OperandProgram::Kind::list ? 1 : 2;
    for (const auto item : tuple_of(tuple_of(tuple, at + 1)[at], 0)) {
      operand.operands.push_back(operand_of(item, depth + 1));
    }
  }
  return operand;
}

CheckProgram check_of(const nb::tuple& tuple, int depth) {
  CheckProgram check;
  check.left = operand_of(tuple[1], depth);
  check.op = named(tuple[2], operators);
  check.modifier = named(tuple[3], modifiers);
  check.all_values = named(tuple[4], quantifiers);
  if (tuple[5].is_none()) {
    if (check.op != Operator::exists) refuse("nothing to compare with");
    return check;
  }
  const auto right = tuple_of(tuple[5], 0);
  if (right.size() > 0 && nb::isinstance<nb::str>(right[0])) {
    check.right = operand_of(right, depth);
  } else {
    for (const auto constant : right) check.constants.push_back(constant_of(constant));
  }
  return check;
}

Program program_of(nb::handle object, int depth) {
  if (depth > max_depth) refuse("nested too deep");
  const auto tuple = tuple_of(object, 2);
  Program program;
  program.kind = named(tuple[0], program_kinds);
  switch (program.kind) {
    case Program::Kind::all:
    case Program::Kind::any:
      for (const auto child : tuple_of(tuple[1], 1)) program.children.push_back(program_of(child, depth + 1));
      break;
    case Program::Kind::negation:
      program.children.push_back(program_of(tuple[1], depth + 1));
      break;
    case Program::Kind::around:
      program.timestamp = unsigned_of(tuple_of(tuple, 3)[1]);
      program.distance = unsigned_of(tuple[2]);
      break;
    case Program::Kind::check:
      program.check = check_of(tuple_of(tuple, 6), depth + 1);
      break;
  }
  return program;
}

void create_filter_set(FilterSetHandle* self, nb::sequence programs, bool first_only,
                       std::optional<nb::iterable> codes) {
  std::vector<Program> parsed;
  for (const auto program : programs) parsed.push_back(program_of(program, 0));
  FilterSet::Codes wanted;
  if (!codes) wanted.set();
  if (codes) {
    for (const auto code : *codes) {
      const auto number = unsigned_of(code);
      if (number >= event_code_count) throw nb::value_error("no event has this code");
      wanted.set(number);
    }
  }
  auto set = std::make_shared<const FilterSet>(parsed, first_only, wanted);
  new (self) FilterSetHandle{{set}, set};
}

nb::tuple matched(const FilterSetHandle& self) {
  nb::list places;
  for (const auto place : self.set->matched()) places.append(place);
  return nb::tuple(places);
}

}  // namespace

void bind_filter(nb::module_& module) {
  nb::class_<FilterHandle>(module, "Filter", "A compiled filter.")
      .def(
          "__init__",
          [](FilterHandle* self, nb::object program) {
            new (self) FilterHandle{compile_filter(program_of(program, 0))};
          },
          nb::arg("program"))
      .def(
          "may_match",
          [](const FilterHandle& self, std::uint16_t code, std::optional<std::uint16_t> call) {
            if (code >= event_code_count) throw nb::value_error("no event has this code");
            return self.filter->may_match({code, call});
          },
          nb::arg("code"), nb::arg("call") = nb::none())
      .def_prop_ro("keeps_history", [](const FilterHandle& self) { return self.filter->keeps_history(); });
  nb::class_<FilterSetHandle, FilterHandle>(module, "FilterSet", "Many filters, asked at once.")
      .def("__init__", create_filter_set, nb::arg("programs"), nb::kw_only(), nb::arg("first_only") = false,
           nb::arg("codes").none() = nb::none())
      .def_prop_ro("matched", matched);
  module.def(
      "regex_error",
      [](nb::bytes pattern) {
        return regex_error({pattern.c_str(), pattern.size()});
      },
      nb::arg("pattern"));
}

}  // namespace tracer
