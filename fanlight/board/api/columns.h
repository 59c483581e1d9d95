// The request of /api/v1/columns, read from its JSON, and its answer in three forms. Their meaning:
// docs/api-v1.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/board/api/series_name.h"
#include "fanlight/board/store/group.h"
#include "fanlight/board/store/series.h"

namespace fanlight::api {

struct ColumnsRequest {
  struct Group {
    std::string tag;
    std::vector<store::RunId> runs;
  };
  std::vector<SeriesName> series;
  std::vector<Group> groups;
  store::WindowQuery window;       // Its `x`, `sample` and `cache` are the answerer's.
  std::string x_tag;               // Axis::kMetric only.
  bool is_as_tensorboard = false;  // Smooth what TensorBoard would serve.
  store::GroupQuery::Band band = store::GroupQuery::Band::kDeviation;
  double low_quantile = 0;
  double high_quantile = 1;
  bool is_for_screen = false;  // `precision`: of packed columns.
};

// Errors: kInvalidArgument, naming the key; kTooLarge for more series than one request may name.
Result<ColumnsRequest> ParseColumnsRequest(std::string_view json);

// One series or group asked for, in the request's order.
struct AnsweredSeries {
  bool is_found = false;
  store::ScalarColumns columns;
};
struct AnsweredGroup {
  size_t runs = 0;  // Those that have the tag.
  store::GroupColumns columns;
};
// The answers to a request, made when they are written: only one is in memory at a time.
class ColumnsAnswer {
 public:
  virtual ~ColumnsAnswer() = default;
  virtual uint64_t change() const = 0;
  virtual AnsweredSeries Series(size_t place) const = 0;
  virtual AnsweredGroup Group(size_t place) const = 0;
};

std::string ColumnsAsJson(const ColumnsRequest& request, const ColumnsAnswer& answer);
std::string ColumnsAsPlain(const ColumnsRequest& request, const ColumnsAnswer& answer);
std::string ColumnsAsPacked(const ColumnsRequest& request, const ColumnsAnswer& answer);

}  // namespace fanlight::api
