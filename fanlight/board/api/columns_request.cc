#include <fmt/format.h>

#include <boost/json.hpp>

#include "fanlight/board/api/columns.h"
#include "fanlight/board/api/json_fields.h"

namespace fanlight::api {
namespace {

using Object = boost::json::object;
using store::GroupQuery;
using store::Smoothing;

constexpr size_t kMaxSeries = 10'000;
constexpr size_t kMaxGroups = 1'000;
constexpr size_t kMaxGroupRuns = 100'000;  // Over all groups.
constexpr uint32_t kMaxWidth = 1u << 20;

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
  FL_ASSIGN_OR_RETURN(const boost::json::value value, ParseSeriesRequest(json));
  const Object* const object = &value.get_object();
  ColumnsRequest request;
  store::WindowQuery& window = request.window;
  FL_ASSIGN_OR_RETURN(request.series, SeriesIn(*object, kMaxSeries));
  FL_TRY(ParseGroups(*object, request));
  FL_TRY(ParseAxis(*object, request));
  FL_ASSIGN_OR_RETURN(window.from, OptionalNumber(*object, "from"));
  FL_ASSIGN_OR_RETURN(window.to, OptionalNumber(*object, "to"));
  if (Find(*object, "width") != nullptr) {
    FL_ASSIGN_OR_RETURN(const double width, NumberWithin(*object, "width", 0, kMaxWidth, true));
    window.width = static_cast<uint32_t>(width);
  }
  FL_ASSIGN_OR_RETURN(const size_t scale, Choice(*object, "scale", {"linear", "log"}));
  window.scale = scale == 0 ? store::Scale::kLinear : store::Scale::kLog;
  FL_ASSIGN_OR_RETURN(const size_t shape, Choice(*object, "shape", {"points", "envelope"}));
  window.shape = shape == 0 ? store::Shape::kPoints : store::Shape::kEnvelope;
  FL_TRY(ParseSmoothing(*object, request));
  FL_TRY(ParseBand(*object, request));
  FL_ASSIGN_OR_RETURN(const size_t generations, Choice(*object, "generations", {"current", "all"}));
  window.generations = generations == 0 ? store::Generations::kCurrent : store::Generations::kAll;
  FL_ASSIGN_OR_RETURN(request.window.with_wall_times, OptionalBool(*object, "wall_times", true));
  FL_ASSIGN_OR_RETURN(const size_t precision, Choice(*object, "precision", {"exact", "screen"}));
  request.is_for_screen = precision == 1;
  return request;
}

}  // namespace fanlight::api
