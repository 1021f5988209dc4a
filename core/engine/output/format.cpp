#include "format.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "template.hpp"
#include "text.hpp"

namespace tracer {
namespace {

// Puts short texts together, to append them at once.
class ShortTexts {
 public:
  explicit ShortTexts(std::string& out) : out_(out) {}
  void add(std::string_view text) {
    if (text.size() > static_cast<std::size_t>(std::end(buffer_) - end_)) flush();
    if (text.size() > sizeof buffer_) {
      out_ += text;
    } else {
      end_ = put_text(end_, text);
    }
  }
  // False, with nothing added, where the part has no short text.
  bool add(Part& part, FieldContext& context) {
    if (std::end(buffer_) - end_ < static_cast<std::ptrdiff_t>(Part::longest_short)) flush();
    auto* const end = part.write_short(end_, context);
    if (end != nullptr) end_ = end;
    return end != nullptr;
  }
  void flush() {
    out_.append(buffer_, end_);
    end_ = buffer_;
  }

 private:
  std::string& out_;
  char buffer_[512];
  char* end_ = buffer_;
};

class LineFormat final : public Format {
 public:
  explicit LineFormat(Template parsed) : template_(std::move(parsed)) {}

  bool write(std::string& out, FieldContext& context) const override {
    const auto line = out.size();
    ShortTexts texts(out);
    for (auto step = template_.steps.begin(); step != template_.steps.end(); ++step) {
      if (!step->part) {
        texts.add(step->literal);
        continue;
      }
      if (step->width == 0 && texts.add(*step->part, context)) continue;
      texts.flush();
      const auto begin = out.size();
      if (!step->part->write_text(out, context)) {
        if (template_.demands_all) {
          out.resize(line);
          for (; step != template_.steps.end(); ++step) {
            if (step->part) step->part->pass_over(context);
          }
          return false;
        }
        out += "<NA>";
      }
      if (step->width != 0) out.resize(begin + step->width, ' ');
    }
    texts.add("\n");
    texts.flush();
    return true;
  }

 private:
  Template template_;
};

class JsonFormat final : public Format {
 public:
  explicit JsonFormat(Template parsed) : demands_all_(parsed.demands_all) {
    std::map<std::string, std::unique_ptr<Part>> by_key;
    for (auto& step : parsed.steps) {
      if (!step.part) continue;
      std::string key;
      append_json_string(key, step.name);
      by_key[key + ':'] = std::move(step.part);
    }
    for (auto& [key, part] : by_key) members_.push_back({(members_.empty() ? "{" : ",") + key, std::move(part)});
  }

  bool write(std::string& out, FieldContext& context) const override {
    const auto line = out.size();
    if (members_.empty()) {
      out += "null\n";
      return true;
    }
    for (auto member = members_.begin(); member != members_.end(); ++member) {
      out += member->key;
      if (member->part->write_json(out, context)) continue;
      if (demands_all_) {
        out.resize(line);
        for (; member != members_.end(); ++member) member->part->pass_over(context);
        return false;
      }
      out += "null";
    }
    out += "}\n";
    return true;
  }

 private:
  struct Member {
    std::string key;  // with what stands around it
    std::unique_ptr<Part> part;
  };

  bool demands_all_;
  std::vector<Member> members_;  // in the order of the keys
};

}  // namespace

std::unique_ptr<Format> line_format(std::string_view format, const RenderOptions& options) {
  return std::make_unique<LineFormat>(parse_template(format, options));
}

std::unique_ptr<Format> json_format(std::string_view format, const RenderOptions& options) {
  auto unlimited = options;
  unlimited.data_limit = 0;
  return std::make_unique<JsonFormat>(parse_template(format, unlimited));
}

}  // namespace tracer
