// Calls of functions that are not in the graph but in the program that runs it, as tf.py_func makes them: attribute
// `token` names the function. The kernels come from who can call such functions: the Python package.
#pragma once

#include <span>

#include "fanlight/engine/graph/op.h"

namespace fanlight {

std::span<const OpSpec> CallOps();

}  // namespace fanlight
