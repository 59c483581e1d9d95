// What runs say of themselves in `_hparams_/…` series: hyper-parameters, and how the session ended. docs/formats/summaries.md.
//
// A session's words hold for the runs below it too: with `trial0` logged by a callback and curves in `trial0/train`,
// both have trial0's hyper-parameters. The deepest session above a run counts.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fanlight/board/store/facts.h"

namespace fanlight::api {

struct HyperParameter {
  std::string name;
  std::variant<double, bool, std::string> value;
};

struct RunSession {
  enum class End : uint8_t { kUnknown, kSuccess, kFailure, kRunning };
  std::vector<HyperParameter> hyper_parameters;  // In natural order of name.
  std::string group;                             // As logged; empty where none is.
  End end = End::kUnknown;
  double end_time_s = 0;  // 0 when not told.
};

// A hyper-parameter as an experiment announces it.
struct AnnouncedParameter {
  std::string name;
  std::string display_name{};
  std::string description{};
};

struct AnnouncedMetric {
  std::string group{};
  std::string tag;
  std::string display_name{};
};

class Sessions {
 public:
  explicit Sessions(const std::vector<const store::RunFacts*>& runs);

  // The session that holds for the run; null where there is none.
  const RunSession* Of(const store::RunFacts& run) const;
  const std::vector<AnnouncedParameter>& parameters() const { return parameters_; }
  const std::vector<AnnouncedMetric>& metrics() const { return metrics_; }

 private:
  std::map<std::string, RunSession, std::less<>> by_run_;  // By the run's name bytes.
  std::vector<AnnouncedParameter> parameters_;             // Of the first experiment found.
  std::vector<AnnouncedMetric> metrics_;
  bool has_experiment_ = false;

  void Read(const store::RunFacts& run);
};

}  // namespace fanlight::api
