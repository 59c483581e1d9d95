#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>
#include <cmath>
#include <limits>

#include "fanlight/base/text.h"
#include "fanlight/board/api/columns.h"

namespace fanlight::api {
namespace {

using Object = boost::json::object;
using store::GroupQuery;
using store::Smoothing;

constexpr size_t kMaxSeries = 10'000;
constexpr size_t kMaxGroups = 1'000;
constexpr size_t kMaxGroupRuns = 100'000;  // Over all groups.
constexpr uint32_t kMaxWidth = 1u << 20;

const boost::json::value* Find(const Object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<double> AsNumber(const boost::json::value& value) {
  if (const double* number = value.if_double()) return *number;
  if (const int64_t* number = value.if_int64()) return static_cast<double>(*number);
  if (const uint64_t* number = value.if_uint64()) return static_cast<double>(*number);
  return std::nullopt;
}

Result<std::optional<double>> OptionalNumber(const Object& object, std::string_view key) {
  const boost::json::value* value = Find(object, key);
  if (value == nullptr) return std::nullopt;
  if (const auto number = AsNumber(*value)) return number;
  return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be a number or null", key);
}

// A number in [least, most]; `whole`: without a fraction.
Result<double> NumberWithin(const Object& object, std::string_view key, double least, double most,
                            bool is_whole) {
  FL_ASSIGN_OR_RETURN(const std::optional<double> number, OptionalNumber(object, key));
  if (number && *number >= least && *number <= most &&
      (!is_whole || *number == std::floor(*number))) {
    return *number;
  }
  return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be a {}number from {} to {}, got {}", key,
              is_whole ? "whole " : "", least, most, number ? fmt::to_string(*number) : "none");
}

Result<bool> OptionalBool(const Object& object, std::string_view key, bool otherwise) {
  const boost::json::value* value = Find(object, key);
  if (value == nullptr) return otherwise;
  if (const bool* is = value->if_bool()) return *is;
  return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be true or false, got {}", key,
              boost::json::serialize(*value));
}

// One of the words in `names`, as its place in the list; the first when the key is absent.
Result<size_t> Choice(const Object& object, std::string_view key,
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

// The list under `key`; an empty one when it is absent and need not be there.
Result<const boost::json::array*> List(const Object& object, std::string_view key) {
  static const boost::json::array kNone;
  const boost::json::value* value = Find(object, key);
  if (value == nullptr) return &kNone;
  if (const auto* list = value->if_array()) return list;
  return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be a list", key);
}

Status ParseSeries(const Object& object, ColumnsRequest& request) {
  FL_ASSIGN_OR_RETURN(const boost::json::array* list, List(object, "series"));
  if (list->size() > kMaxSeries)
    return Fail(ErrorCode::kTooLarge, "at most {} series a request, got {}", kMaxSeries,
                list->size());
  for (const boost::json::value& value : *list) {
    const Object* one = value.if_object();
    const auto run = AsRun(one == nullptr ? nullptr : Find(*one, "run"));
    const boost::json::value* tag = one == nullptr ? nullptr : Find(*one, "tag");
    if (!run || tag == nullptr || !tag->is_string())
      return Fail(ErrorCode::kInvalidArgument,
                  "\"series\"[{}] must be {{\"run\": a run's id, \"tag\": a text}}",
                  request.series.size());
    request.series.push_back({*run, std::string(tag->get_string())});
  }
  return {};
}

Status ParseGroups(const Object& object, ColumnsRequest& request) {
  FL_ASSIGN_OR_RETURN(const boost::json::array* list, List(object, "groups"));
  if (list->size() > kMaxGroups)
    return Fail(ErrorCode::kTooLarge, "at most {} groups a request, got {}", kMaxGroups,
                list->size());
  size_t all_runs = 0;
  for (const boost::json::value& value : *list) {
    const Object* one = value.if_object();
    const boost::json::value* tag = one == nullptr ? nullptr : Find(*one, "tag");
    const boost::json::value* runs = one == nullptr ? nullptr : Find(*one, "runs");
    ColumnsRequest::Group group;
    bool is_right = tag != nullptr && tag->is_string() && runs != nullptr && runs->is_array();
    if (is_right) {
      group.tag = std::string(tag->get_string());
      for (const boost::json::value& id : runs->get_array()) {
        const auto run = AsRun(&id);
        is_right = is_right && run.has_value();
        if (run) group.runs.push_back(*run);
      }
    }
    if (!is_right)
      return Fail(ErrorCode::kInvalidArgument,
                  "\"groups\"[{}] must be {{\"tag\": a text, \"runs\": a list of runs' ids}}",
                  request.groups.size());
    all_runs += group.runs.size();
    if (all_runs > kMaxGroupRuns)
      return Fail(ErrorCode::kTooLarge, "the groups of a request may name {} runs together",
                  kMaxGroupRuns);
    request.groups.push_back(std::move(group));
  }
  return {};
}

Status ParseWeight(const Object& object, std::string_view key, Smoothing& smoothing) {
  FL_ASSIGN_OR_RETURN(const std::optional<double> weight, OptionalNumber(object, key));
  if (!weight || !(*weight >= 0 && *weight < 1))
    return Fail(ErrorCode::kInvalidArgument, "\"{}\" must be at least 0 and below 1, got {}", key,
                weight ? fmt::to_string(*weight) : "none");
  smoothing.weight = *weight;
  return {};
}

Status ParseSmoothing(const Object& object, ColumnsRequest& request) {
  const boost::json::value* value = Find(object, "smoothing");
  if (value == nullptr) return {};
  Smoothing smoothing;
  const Object* how = value->if_object();
  if (how == nullptr) {
    if (!AsNumber(*value))
      return Fail(ErrorCode::kInvalidArgument, "\"smoothing\" must be a number, an object or null");
    FL_TRY(ParseWeight(object, "smoothing", smoothing));
    request.window.smoothing = smoothing;
    return {};
  }
  FL_ASSIGN_OR_RETURN(
      const size_t kind,
      Choice(*how, "kind", {"ema", "time_ema", "mean", "gaussian", "median", "tensorboard"}));
  switch (kind) {
    case 1: {
      smoothing.kind = Smoothing::Kind::kTimeEma;
      FL_ASSIGN_OR_RETURN(const std::optional<double> half_life, OptionalNumber(*how, "half_life"));
      if (!half_life || !(*half_life > 0))
        return Fail(ErrorCode::kInvalidArgument, "\"half_life\" must be above 0, got {}",
                    half_life ? fmt::to_string(*half_life) : "none");
      smoothing.half_life = *half_life;
      break;
    }
    case 2:
    case 4: {
      smoothing.kind = kind == 2 ? Smoothing::Kind::kMean : Smoothing::Kind::kMedian;
      FL_ASSIGN_OR_RETURN(
          const double radius,
          NumberWithin(*how, "radius", 0,
                       kind == 2 ? Smoothing::kMaxMeanRadius : Smoothing::kMaxMedianRadius, true));
      smoothing.radius = static_cast<uint32_t>(radius);
      break;
    }
    case 3: {
      smoothing.kind = Smoothing::Kind::kGaussian;
      FL_ASSIGN_OR_RETURN(smoothing.sigma,
                          NumberWithin(*how, "sigma", 0.01, Smoothing::kMaxSigma, false));
      break;
    }
    default:
      FL_TRY(ParseWeight(*how, "weight", smoothing));
      request.is_as_tensorboard = kind == 5;
  }
  request.window.smoothing = smoothing;
  return {};
}

Status ParseBand(const Object& object, ColumnsRequest& request) {
  const boost::json::value* value = Find(object, "band");
  const Object* how = value == nullptr ? nullptr : value->if_object();
  if (how == nullptr) {
    FL_ASSIGN_OR_RETURN(const size_t band, Choice(object, "band", {"std", "range"}));
    request.band = band == 0 ? GroupQuery::Band::kDeviation : GroupQuery::Band::kRange;
    return {};
  }
  FL_ASSIGN_OR_RETURN(const boost::json::array* list, List(*how, "quantiles"));
  const auto low = list->size() == 2 ? AsNumber((*list)[0]) : std::nullopt;
  const auto high = list->size() == 2 ? AsNumber((*list)[1]) : std::nullopt;
  if (!low || !high || !(0 <= *low && *low <= *high && *high <= 1))
    return Fail(ErrorCode::kInvalidArgument,
                "\"quantiles\" must be two numbers from 0 to 1, the lower one first");
  request.band = GroupQuery::Band::kQuantiles;
  request.low_quantile = *low;
  request.high_quantile = *high;
  return {};
}

Status ParseAxis(const Object& object, ColumnsRequest& request) {
  FL_ASSIGN_OR_RETURN(const size_t axis,
                      Choice(object, "axis", {"step", "wall", "relative", "metric"}));
  constexpr store::Axis kAxes[] = {store::Axis::kStep, store::Axis::kWall, store::Axis::kRelative,
                                   store::Axis::kMetric};
  request.window.axis = kAxes[axis];
  if (request.window.axis != store::Axis::kMetric) return {};
  const boost::json::value* tag = Find(object, "x_tag");
  if (tag == nullptr || !tag->is_string())
    return Fail(ErrorCode::kInvalidArgument,
                "\"axis\": \"metric\" needs \"x_tag\", the tag of a scalar");
  if (!request.groups.empty())
    return Fail(ErrorCode::kInvalidArgument, "\"axis\": \"metric\" has no groups");
  request.x_tag = std::string(tag->get_string());
  return {};
}

}  // namespace

Result<ColumnsRequest> ParseColumnsRequest(std::string_view json) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(json, error);
  if (error)
    return Fail(ErrorCode::kInvalidArgument, "the request is not JSON: {}", error.message());
  const Object* object = value.if_object();
  const boost::json::value* list = object == nullptr ? nullptr : Find(*object, "series");
  if (list == nullptr || !list->is_array())
    return Fail(ErrorCode::kInvalidArgument,
                "the request must be an object with a list \"series\"");

  ColumnsRequest request;
  store::WindowQuery& window = request.window;
  FL_TRY(ParseSeries(*object, request));
  FL_TRY(ParseGroups(*object, request));
  FL_TRY(ParseAxis(*object, request));
  FL_ASSIGN_OR_RETURN(window.from, OptionalNumber(*object, "from"));
  FL_ASSIGN_OR_RETURN(window.to, OptionalNumber(*object, "to"));
  if (Find(*object, "width") != nullptr) {
    FL_ASSIGN_OR_RETURN(const double width, NumberWithin(*object, "width", 0, kMaxWidth, true));
    window.width = static_cast<uint32_t>(width);
  }
  FL_ASSIGN_OR_RETURN(const size_t shape, Choice(*object, "shape", {"points", "envelope"}));
  window.shape = shape == 0 ? store::Shape::kPoints : store::Shape::kEnvelope;
  FL_TRY(ParseSmoothing(*object, request));
  FL_TRY(ParseBand(*object, request));
  FL_ASSIGN_OR_RETURN(const size_t generations, Choice(*object, "generations", {"current", "all"}));
  window.generations = generations == 0 ? store::Generations::kCurrent : store::Generations::kAll;
  FL_ASSIGN_OR_RETURN(request.with_wall_times, OptionalBool(*object, "wall_times", true));
  FL_ASSIGN_OR_RETURN(const size_t precision, Choice(*object, "precision", {"exact", "screen"}));
  request.is_for_screen = precision == 1;
  return request;
}

}  // namespace fanlight::api
