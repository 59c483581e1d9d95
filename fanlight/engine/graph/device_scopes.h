// The devices that a program names for its nodes. They are kept and written; all nodes run on the CPU.
//
// A name has parts, each of which may be left open: "/job:worker/replica:0/task:1/device:GPU:0". "/gpu:0" and "GPU:0" are
// short for "/device:GPU:0". Of scopes within each other the inner ones come first, the outer ones fill what they leave open.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"

namespace fanlight {

struct Node;

struct DeviceName {
  std::string job, replica, task, type, index;  // Empty: left open.

  // Errors: kInvalidArgument, for parts that names do not have.
  static Result<DeviceName> From(std::string_view text);
  void FillFrom(const DeviceName& outer);
  std::string ToString() const;
};

// The scopes that are open, the innermost last.
class DeviceScopes {
 public:
  // The device of a node, which has one already where an inner scope names it.
  using Function = std::function<Result<std::string>(const Node& node)>;

  Status Push(std::string_view name);
  void PushFunction(Function function);
  // Nothing outside of this scope counts.
  void PushNone() { scopes_.emplace_back(); }
  void Pop() { scopes_.pop_back(); }

  // Names the device of a node that is being made.
  Status Place(Node& node) const;

 private:
  // Neither: the end of what counts.
  struct Scope {
    std::optional<DeviceName> name{};
    Function function{};
  };
  std::vector<Scope> scopes_;
};

}  // namespace fanlight
