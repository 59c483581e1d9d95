#include "fanlight/board/api/json_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <limits>

namespace fanlight::api {

const boost::json::value* Find(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<double> AsNumber(const boost::json::value& value) {
  if (const double* number = value.if_double()) return *number;
  if (const int64_t* number = value.if_int64()) return static_cast<double>(*number);
  if (const uint64_t* number = value.if_uint64()) return static_cast<double>(*number);
  return std::nullopt;
}

Result<std::optional<double>> OptionalNumber(const boost::json::object& object,
                                             std::string_view key) {
  const boost::json::value* value = Find(object, key);
  if (value == nullptr) return std::nullopt;
  if (const auto number = AsNumber(*value)) return number;
  return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be a number or null", key);
}

Result<double> NumberWithin(const boost::json::object& object, std::string_view key, double least,
                            double most, bool is_whole) {
  FL_ASSIGN_OR_RETURN(const std::optional<double> number, OptionalNumber(object, key));
  if (number && *number >= least && *number <= most &&
      (!is_whole || *number == std::floor(*number))) {
    return *number;
  }
  return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be a {}number from {} to {}, got {}", key,
              is_whole ? "whole " : "", least, most, number ? fmt::to_string(*number) : "none");
}

Result<bool> OptionalBool(const boost::json::object& object, std::string_view key, bool otherwise) {
  const boost::json::value* value = Find(object, key);
  if (value == nullptr) return otherwise;
  if (const bool* is = value->if_bool()) return *is;
  return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be true or false, got {}", key,
              boost::json::serialize(*value));
}

Result<size_t> Choice(const boost::json::object& object, std::string_view key,
                      std::initializer_list<std::string_view> names) {
  const boost::json::value* value = Find(object, key);
  if (value == nullptr) return 0;
  size_t place = 0;
  for (const std::string_view name : names) {
    if (value->is_string() && std::string_view(value->get_string()) == name) return place;
    ++place;
  }
  return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be one of {}, got {}", key,
              fmt::join(names, ", "), boost::json::serialize(*value));
}

std::optional<store::RunId> AsRun(const boost::json::value* value) {
  const int64_t* id = value == nullptr ? nullptr : value->if_int64();
  if (id == nullptr || *id < 0 || *id > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  return store::RunId{static_cast<uint32_t>(*id)};
}

Result<const boost::json::array*> List(const boost::json::object& object, std::string_view key) {
  static const boost::json::array kNone;
  const boost::json::value* value = Find(object, key);
  if (value == nullptr) return &kNone;
  if (const auto* list = value->if_array()) return list;
  return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be a list", key);
}

Result<boost::json::value> ParseSeriesRequest(std::string_view json) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(json, error);
  if (error)
    return Fail(ErrorCode::kInvalidArgument, "the request is not JSON: {}", error.message());
  const boost::json::object* object = value.if_object();
  const boost::json::value* list = object == nullptr ? nullptr : Find(*object, "series");
  if (list == nullptr || !list->is_array())
    return Fail(ErrorCode::kInvalidArgument,
                "the request must be an object with a list \"series\"");
  return value;
}

Result<std::vector<SeriesName>> SeriesIn(const boost::json::object& object, size_t most) {
  FL_ASSIGN_OR_RETURN(const boost::json::array* list, List(object, "series"));
  if (list->size() > most)
    return Fail(ErrorCode::kTooLarge, "at most {} series a request, got {}", most, list->size());
  std::vector<SeriesName> names;
  for (const boost::json::value& value : *list) {
    const boost::json::object* one = value.if_object();
    const auto run = AsRun(one == nullptr ? nullptr : Find(*one, "run"));
    const boost::json::value* tag = one == nullptr ? nullptr : Find(*one, "tag");
    if (!run || tag == nullptr || !tag->is_string())
      return Fail(ErrorCode::kInvalidArgument,
                  "\"series\"[{}] must be {{\"run\": a run's id, \"tag\": a text}}", names.size());
    names.push_back({*run, std::string(tag->get_string())});
  }
  return names;
}

}  // namespace fanlight::api
