#include "fanlight/engine/graph/device_scopes.h"

#include <algorithm>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/graph.h"

namespace fanlight {
namespace {

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return upper;
}

bool IsType(std::string_view text) {
  for (const std::string_view type : {"CPU", "GPU", "TPU", "XLA_CPU", "XLA_GPU"}) {
    if (Upper(text) == type) return true;
  }
  return false;
}

}  // namespace

Result<DeviceName> DeviceName::From(std::string_view text) {
  DeviceName name;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('/'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty()) continue;
    const size_t colon = std::min(part.find(':'), part.size());
    const std::string_view key = part.substr(0, colon);
    const std::string_view value = part.substr(std::min(colon + 1, part.size()));
    if (key == "job" && !value.empty()) {
      name.job = value;
    } else if (key == "replica" && !value.empty()) {
      name.replica = value;
    } else if (key == "task" && !value.empty()) {
      name.task = value;
    } else if (key == "device" && !value.empty()) {
      const size_t second = std::min(value.find(':'), value.size());
      name.type = Upper(value.substr(0, second));
      name.index = value.substr(std::min(second + 1, value.size()));
    } else if (IsType(key)) {
      name.type = Upper(key);
      name.index = value;
    } else {
      return Fail(ErrorCode::kInvalidArgument,
                  "Unknown attribute {} is encountered while parsing a device's name", Quoted(key));
    }
    if (name.index == "*") name.index.clear();
  }
  return name;
}

void DeviceName::FillFrom(const DeviceName& outer) {
  const auto fill = [](std::string& own, const std::string& other) {
    if (own.empty()) own = other;
  };
  fill(job, outer.job);
  fill(replica, outer.replica);
  fill(task, outer.task);
  fill(type, outer.type);
  fill(index, outer.index);
}

std::string DeviceName::ToString() const {
  std::string text;
  if (!job.empty()) text += "/job:" + job;
  if (!replica.empty()) text += "/replica:" + replica;
  if (!task.empty()) text += "/task:" + task;
  if (!type.empty()) text += "/device:" + type + ":" + (index.empty() ? "*" : index);
  return text;
}

Status DeviceScopes::Push(std::string_view name) {
  auto parsed = DeviceName::From(name);
  scopes_.push_back({parsed ? *parsed : DeviceName(), {}});
  if (!parsed) return tl::unexpected<Error>(parsed.error());
  return {};
}

void DeviceScopes::PushFunction(Function function) { scopes_.push_back({{}, std::move(function)}); }

Status DeviceScopes::Place(Node& node) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    if (scope->function) {
      FL_ASSIGN_OR_RETURN(node.device, scope->function(node));
      continue;
    }
    if (!scope->name) return {};
    FL_ASSIGN_OR_RETURN(DeviceName name, DeviceName::From(node.device));
    name.FillFrom(*scope->name);
    node.device = name.ToString();
  }
  return {};
}

}  // namespace fanlight
