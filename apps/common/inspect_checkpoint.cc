#include "apps/common/inspect_checkpoint.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "fanlight/engine/checkpoint/inspect.h"

namespace fanlight {
namespace {

int Fail(const Error& error) {
  fmt::print(stderr, "fanlight inspect-checkpoint: {}\n", error.message);
  return 1;
}

}  // namespace

int InspectCheckpointMain(std::vector<std::string> arguments) {
  std::string path;
  std::string tensor;
  size_t elements = 1000;
  CLI::App app("Tells the variables of a TensorFlow checkpoint and whether they are whole",
               "fanlight inspect-checkpoint");
  app.add_option("path", path, "A prefix such as logs/model.ckpt-999, or a folder: its latest one")
      ->required();
  const auto* wants_tensor = app.add_option("--tensor", tensor, "Show the values of this one");
  app.add_option("--elements", elements, "So many of them at most")->capture_default_str();
  std::ranges::reverse(arguments);  // CLI11 takes a vector from its end.
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (*wants_tensor) {
    const Result<std::string> text = checkpoint::FormatTensor(path, tensor, elements);
    if (!text) return Fail(text.error());
    fmt::print("{}", *text);
    return 0;
  }
  const Result<checkpoint::CheckpointReport> report = checkpoint::InspectCheckpoint(path);
  if (!report) return Fail(report.error());
  fmt::print("{}", checkpoint::FormatReport(*report));
  return report->num_damaged() == 0 ? 0 : 1;
}

}  // namespace fanlight
