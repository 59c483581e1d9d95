#include "fanlight/board/api/sessions.h"

#include <algorithm>
#include <optional>

#include "fanlight/base/text.h"
#include "fanlight/proto/hparams.pb.h"
#include "fanlight/proto/parse.h"

namespace fanlight::api {
namespace {

using Value = google::protobuf::Value;

// Lists and structures are no values of a hyper-parameter; a null is one that was not given.
std::optional<HyperParameter> ToParameter(const std::string& name, const Value& value) {
  switch (value.kind_case()) {
    case Value::kNumberValue:
      return HyperParameter{ToUtf8(name), value.number_value()};
    case Value::kBoolValue:
      return HyperParameter{ToUtf8(name), value.bool_value()};
    case Value::kStringValue:
      return HyperParameter{ToUtf8(name), ToUtf8(value.string_value())};
    default:
      return std::nullopt;
  }
}

RunSession::End ToEnd(proto::hparams::Status status) {
  switch (status) {
    case proto::hparams::STATUS_SUCCESS:
      return RunSession::End::kSuccess;
    case proto::hparams::STATUS_FAILURE:
      return RunSession::End::kFailure;
    case proto::hparams::STATUS_RUNNING:
      return RunSession::End::kRunning;
    default:
      return RunSession::End::kUnknown;
  }
}

}  // namespace

Sessions::Sessions(const std::vector<const store::RunFacts*>& runs) {
  for (const store::RunFacts* run : runs) {
    if (!run->notes.empty()) Read(*run);
  }
}

void Sessions::Read(const store::RunFacts& run) {
  for (const store::RunNote& note : run.notes) {
    proto::hparams::HParamsPluginData data;
    if (!ParseMessage(note.content, data)) continue;
    if (data.has_session_start_info()) {
      RunSession& session = by_run_[run.name];
      const auto& start = data.session_start_info();
      session.group = ToUtf8(start.group_name());
      for (const auto& [name, value] : start.hparams()) {
        if (auto parameter = ToParameter(name, value))
          session.hyper_parameters.push_back(*std::move(parameter));
      }
      std::sort(session.hyper_parameters.begin(), session.hyper_parameters.end(),
                [](const auto& a, const auto& b) { return NaturalLess(a.name, b.name); });
    } else if (data.has_session_end_info()) {
      RunSession& session = by_run_[run.name];
      session.end = ToEnd(data.session_end_info().status());
      session.end_time_s = data.session_end_info().end_time_secs();
    } else if (data.has_experiment() && !has_experiment_) {
      has_experiment_ = true;
      for (const auto& info : data.experiment().hparam_infos())
        parameters_.push_back(
            {ToUtf8(info.name()), ToUtf8(info.display_name()), ToUtf8(info.description())});
      for (const auto& info : data.experiment().metric_infos())
        metrics_.push_back(
            {ToUtf8(info.name().group()), ToUtf8(info.name().tag()), ToUtf8(info.display_name())});
    }
  }
}

const RunSession* Sessions::Of(const store::RunFacts& run) const {
  if (by_run_.empty()) return nullptr;
  std::string_view name = run.name;
  for (;;) {
    const auto found = by_run_.find(name);
    if (found != by_run_.end()) return &found->second;
    const size_t slash = name.rfind('/');
    if (slash == std::string_view::npos) break;
    name = name.substr(0, slash);
  }
  const auto root = by_run_.find(".");
  return root == by_run_.end() ? nullptr : &root->second;
}

}  // namespace fanlight::api
