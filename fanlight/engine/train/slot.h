// Slots: variables that stand beside another one, or beside a tensor: its momentum, its average.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/train/initializers.h"

namespace fanlight {

struct SlotOptions {
  Initializer initializer{};
  std::optional<Shape> shape{};  // Empty: the shape and the dtype of what it stands beside.
  std::optional<DType> dtype{};
  // The scope of variables that the slot is made in; it comes first in its name. Empty: none.
  std::string scope{};
};

// A new variable `SCOPE/VARIABLE/name`, with "_1", "_2", … where that is taken, which is not trained.
// It is by handle where the variable is; beside a part of a partitioned variable it is such a part
// too, of `WHOLE/name`.
// Errors, kept by the builder: kInvalidArgument, when the shape is not given and not known.
Variable MakeSlotBeside(GraphBuilder& graph, const Variable& of, std::string_view name,
                        const SlotOptions& options);
// The same beside a tensor: `SCOPE/NODE/name`, by reference.
Variable MakeSlotBeside(GraphBuilder& graph, const Output& of, std::string_view name,
                        const SlotOptions& options);

}  // namespace fanlight
