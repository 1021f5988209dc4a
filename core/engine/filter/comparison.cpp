#include "comparison.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <stdexcept>

#include "filter.hpp"
#include "text.hpp"

namespace tracer {

std::string regex_error(std::string_view pattern) {
  RE2 regex(re2::StringPiece(pattern.data(), pattern.size()), RE2::Quiet);
  return regex.ok() ? "" : regex.error();
}

namespace filter {
namespace {

template <typename T>
bool in_order(Operator op, T left, T right) {
  switch (op) {
    case Operator::equal:
    case Operator::in:
      return left == right;
    case Operator::not_equal:
      return left != right;
    case Operator::less:
      return left < right;
    case Operator::less_or_equal:
      return left <= right;
    case Operator::greater:
      return left > right;
    case Operator::greater_or_equal:
      return left >= right;
    default:
      return false;
  }
}

class TextComparison final : public Comparison {
 public:
  TextComparison(Operator op, std::string wanted) : op_(op), wanted_(std::move(wanted)) {}
  bool fits(const Value& value) const override {
    return kind_of(value.type) == ValueKind::data && texts_fit(op_, data_of(value), wanted_);
  }

 private:
  Operator op_;
  std::string wanted_;
};

// The commonest check of all.
class TextEquality final : public Comparison {
 public:
  explicit TextEquality(std::string wanted) : wanted_(std::move(wanted)) {}
  bool fits(const Value& value) const override {
    return data_of(value) == wanted_ && kind_of(value.type) == ValueKind::data;
  }

 private:
  std::string wanted_;
};

class TextInSet final : public Comparison {
 public:
  explicit TextInSet(const std::vector<Constant>& constants) {
    for (const auto& constant : constants) wanted_.insert(constant.bytes);
  }
  bool fits(const Value& value) const override {
    return kind_of(value.type) == ValueKind::data && wanted_.contains(data_of(value));
  }

 private:
  TextSet wanted_;
};

class UnderPath final : public Comparison {
 public:
  explicit UnderPath(const std::vector<Constant>& constants) {
    for (const auto& constant : constants) paths_.add(constant.bytes);
  }
  bool fits(const Value& value) const override {
    return kind_of(value.type) == ValueKind::data && paths_.covers(data_of(value));
  }

 private:
  PathSet paths_;
};

class RegexComparison final : public Comparison {
 public:
  explicit RegexComparison(const std::string& pattern) : regex_(pattern, RE2::Quiet) {
    if (!regex_.ok()) throw std::invalid_argument("invalid regular expression: " + regex_.error());
  }
  bool fits(const Value& value) const override {
    if (kind_of(value.type) != ValueKind::data) return false;
    const auto text = data_of(value);
    return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), regex_);
  }

 private:
  RE2 regex_;
};

class NumberComparison final : public Comparison {
 public:
  NumberComparison(Operator op, Number wanted) : op_(op), wanted_(wanted) {}
  bool fits(const Value& value) const override {
    return kind_of(value.type) == ValueKind::number && in_order(op_, number_of(value), wanted_);
  }

 private:
  Operator op_;
  Number wanted_;
};

class NumberInSet final : public Comparison {
 public:
  explicit NumberInSet(const std::vector<Constant>& constants) {
    for (const auto& constant : constants) {
      if (constant.number) wanted_.push_back(*constant.number);
    }
    std::ranges::sort(wanted_);
  }
  bool fits(const Value& value) const override {
    return kind_of(value.type) == ValueKind::number && std::ranges::binary_search(wanted_, number_of(value));
  }

 private:
  std::vector<Number> wanted_;
};

class RealComparison final : public Comparison {
 public:
  RealComparison(Operator op, double wanted) : op_(op), wanted_(wanted) {}
  bool fits(const Value& value) const override {
    return kind_of(value.type) == ValueKind::real && in_order(op_, value.real, wanted_);
  }

 private:
  Operator op_;
  double wanted_;
};

class InNetwork final : public Comparison {
 public:
  InNetwork(const Constant& network, bool wanted)
      : address_(network.bytes), length_(network.prefix_length), wanted_(wanted) {
    if (length_ > address_.size() * 8) throw std::invalid_argument("a network's prefix is longer than its address");
  }
  bool fits(const Value& value) const override {
    return kind_of(value.type) == ValueKind::data && contains(data_of(value)) == wanted_;
  }

 private:
  bool contains(std::string_view address) const {
    const auto whole = length_ / 8;
    if (address.size() != address_.size() || address.substr(0, whole) != address_.substr(0, whole)) return false;
    const auto rest = length_ % 8;
    return rest == 0 || ((address[whole] ^ address_[whole]) & (0xFF00U >> rest) & 0xFFU) == 0;
  }

  std::string address_;
  unsigned length_;
  bool wanted_;
};

// A field whose type differs from event to event.
class DynamicComparison final : public Comparison {
 public:
  DynamicComparison(std::unique_ptr<Comparison> text, std::unique_ptr<Comparison> number)
      : text_(std::move(text)), number_(std::move(number)) {}
  bool fits(const Value& value) const override {
    const auto kind = kind_of(value.type);
    if (kind == ValueKind::data) return text_->fits(value);
    return kind == ValueKind::number && number_ && number_->fits(value);
  }

 private:
  std::unique_ptr<Comparison> text_;
  std::unique_ptr<Comparison> number_;
};

class AnyValue final : public Comparison {
 public:
  bool fits(const Value&) const override { return true; }
};

class Combination final : public Comparison {
 public:
  Combination(Modifier modifier, std::vector<std::unique_ptr<Comparison>> parts)
      : modifier_(modifier), parts_(std::move(parts)) {}
  bool fits(const Value& value) const override {
    const auto fitting = [&](const auto& part) { return part->fits(value); };
    switch (modifier_) {
      case Modifier::none:
      case Modifier::any_of:
        return std::ranges::any_of(parts_, fitting);
      case Modifier::one_of:
        return std::ranges::count_if(parts_, fitting) == 1;
      case Modifier::all_of:
        return !parts_.empty() && std::ranges::all_of(parts_, fitting);
    }
    return false;
  }

 private:
  Modifier modifier_;
  std::vector<std::unique_ptr<Comparison>> parts_;
};

std::unique_ptr<Comparison> with_constant(Operator op, const Constant& constant) {
  using Kind = Constant::Kind;
  if (op == Operator::regex) return std::make_unique<RegexComparison>(constant.bytes);
  switch (constant.kind) {
    case Kind::text:
    case Kind::address:
      if (op == Operator::equal) return std::make_unique<TextEquality>(constant.bytes);
      return std::make_unique<TextComparison>(op, constant.bytes);
    case Kind::number:
      return std::make_unique<NumberComparison>(op, constant.number.value_or(0));
    case Kind::real:
      return std::make_unique<RealComparison>(op, constant.real);
    case Kind::network:
      return std::make_unique<InNetwork>(constant, op != Operator::not_equal);
    case Kind::dynamic:
      break;
  }
  std::unique_ptr<Comparison> number;
  if (constant.number) number = std::make_unique<NumberComparison>(op, *constant.number);
  return std::make_unique<DynamicComparison>(std::make_unique<TextComparison>(op, constant.bytes), std::move(number));
}

std::unique_ptr<Comparison> in_set(const std::vector<Constant>& constants) {
  using Kind = Constant::Kind;
  const auto are = [&](Kind kind) {
    return std::ranges::all_of(constants, [kind](const auto& constant) { return constant.kind == kind; });
  };
  if (are(Kind::text) || are(Kind::address)) return std::make_unique<TextInSet>(constants);
  if (are(Kind::number)) return std::make_unique<NumberInSet>(constants);
  if (are(Kind::dynamic)) {
    return std::make_unique<DynamicComparison>(std::make_unique<TextInSet>(constants),
                                               std::make_unique<NumberInSet>(constants));
  }
  return nullptr;
}

}  // namespace

ValueKind kind_of(ParamType type) {
  switch (type) {
    case ParamType::charbuf_:
    case ParamType::bytebuf_:
    case ParamType::fspath_:
    case ParamType::fsrelpath_:
    case ParamType::ipv4addr_:
    case ParamType::ipv6addr_:
    case ParamType::ipaddr_:
    case ParamType::ipv4net_:
    case ParamType::ipv6net_:
    case ParamType::ipnet_:
      return ValueKind::data;
    case ParamType::double_:
      return ValueKind::real;
    case ParamType::none_:
    case ParamType::sockaddr_:
    case ParamType::socktuple_:
    case ParamType::fdlist_:
    case ParamType::dyn_:
    case ParamType::charbufarray_:
    case ParamType::charbuf_pair_array_:
      return ValueKind::opaque;
    default:
      return ValueKind::number;
  }
}

std::unique_ptr<Comparison> make_comparison(Operator op, Modifier modifier, const std::vector<Constant>& constants) {
  if (op == Operator::exists) return std::make_unique<AnyValue>();
  if (op == Operator::path_prefix) return std::make_unique<UnderPath>(constants);
  if (op == Operator::in || (op == Operator::equal && modifier == Modifier::any_of)) {
    if (auto set = in_set(constants)) return set;
  }
  if (modifier == Modifier::none && op != Operator::in) {
    if (constants.size() != 1) throw std::invalid_argument("this operator takes one constant");
    return with_constant(op, constants.front());
  }
  std::vector<std::unique_ptr<Comparison>> parts;
  for (const auto& constant : constants) parts.push_back(with_constant(op, constant));
  return std::make_unique<Combination>(modifier, std::move(parts));
}

bool values_fit(Operator op, const Value& left, const Value& right) {
  const auto kind = kind_of(left.type);
  if (kind != kind_of(right.type)) return false;
  switch (kind) {
    case ValueKind::data:
      return texts_fit(op, data_of(left), data_of(right));
    case ValueKind::number:
      return in_order(op, number_of(left), number_of(right));
    case ValueKind::real:
      return in_order(op, left.real, right.real);
    case ValueKind::opaque:
      return false;
  }
  return false;
}

}  // namespace filter
}  // namespace tracer
