// Training around the graph: optimizers, checkpoints, event files.
#pragma once

#include <nanobind/nanobind.h>

namespace fanlight::python {

void DefineRecords(nanobind::module_& module);
void DefineOptimizers(nanobind::module_& module);
void DefineFiles(nanobind::module_& module);

}  // namespace fanlight::python
