#include "apps/fanlight/inspect.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/board/ingest/event_digest.h"
#include "fanlight/board/ingest/local_source.h"

namespace fanlight::app {
namespace {

using ingest::DigestKind;
using ingest::EventDigest;
using ingest::StepDigest;

const std::string kSeparator = std::string(70, '=') + "\n\n";

// What is told of on its own: a run's files, or one file.
struct Unit {
  std::string name;
  EventDigest digest;
};

std::string OutOfOrder(const StepDigest& steps) {
  std::string text;
  for (const auto& [before, after] : steps.falls)
    text += fmt::format("{}({}, {})", text.empty() ? "" : ", ", before, after);
  return "[" + text + "]";
}

std::map<std::string, std::string> FieldsOf(DigestKind kind, const StepDigest& steps) {
  if (kind == DigestKind::kSessionStart || kind == DigestKind::kSessionStop) {
    return {{"outoforder_steps", OutOfOrder(steps)},
            {"steps", fmt::format("[{}]", fmt::join(steps.all, ", "))}};
  }
  return {
      {"first_step", std::to_string(steps.first)},   {"last_step", std::to_string(steps.last)},
      {"max_step", std::to_string(steps.max)},       {"min_step", std::to_string(steps.min)},
      {"num_steps", std::to_string(steps.distinct)}, {"outoforder_steps", OutOfOrder(steps)},
  };
}

void PrintTags(const Unit& unit, std::FILE* out) {
  fmt::print(out, "These tags are in {}:\n", unit.name);
  for (const DigestKind kind : ingest::kDigestKinds) {
    if (!HasTags(kind)) continue;
    const auto& tags = unit.digest.tags(kind);
    fmt::print(out, "{}{}\n", DigestKindName(kind), tags.empty() ? " -" : "");
    for (const std::string& tag : tags) fmt::print(out, "   {}\n", tag);
  }
}

void PrintStatistics(const Unit& unit, bool shows_missing, std::FILE* out) {
  for (const DigestKind kind : ingest::kDigestKinds) {
    const std::optional<StepDigest> steps = unit.digest.steps(kind);
    if (!steps) {
      if (shows_missing) fmt::print(out, "{} -\n", DigestKindName(kind));
      continue;
    }
    fmt::print(out, "{}\n", DigestKindName(kind));
    for (const auto& [name, value] : FieldsOf(kind, *steps))
      fmt::print(out, "   {:<20} {}\n", name, value);
  }
}

}  // namespace

int Inspect(const Flags& flags, std::FILE* out, std::FILE* messages) {
  fmt::print(out, "{0}Processing event files... (this can take a few minutes)\n{0}\n",
             std::string(70, '=') + "\n");
  std::fflush(out);
  const auto tell = [&](const Damage& damage) {
    fmt::print(messages, "damage: {}\n", damage.message);
  };

  std::vector<Unit> units;
  if (!flags.event_file.empty()) {
    auto file = File::OpenForReading(flags.event_file);
    if (!file) {
      fmt::print(messages, "Error: {}\n", file.error().message);
      return 1;
    }
    units.push_back({flags.event_file, EventDigest(flags.tag)});
    const Status added =
        units.back().digest.Add(std::make_unique<FileByteSource>(*std::move(file)), tell);
    if (!added) {
      fmt::print(messages, "Error: {}\n", added.error().message);
      return 1;
    }
  } else {
    ingest::LocalLogSource source({ingest::RootOfLogdir(flags.logdir)}, {.use_inotify = false});
    for (const ingest::LogFile& file : source.List().files) {
      const std::string directory = file.run == "."
                                        ? flags.logdir
                                        : (std::filesystem::path(flags.logdir) / file.run).string();
      if (units.empty() || units.back().name != directory)
        units.push_back({directory, EventDigest(flags.tag)});
      auto bytes = source.Open(file);
      const Status added = bytes ? units.back().digest.Add(*std::move(bytes), tell)
                                 : Status(tl::unexpected(bytes.error()));
      if (!added) fmt::print(messages, "left out: {}\n", added.error().message);
    }
    if (!units.empty()) {
      fmt::print(out, "Found event files in:\n");
      for (const Unit& unit : units) fmt::print(out, "{}\n", unit.name);
      fmt::print(out, "\n");
    } else if (ingest::IsEventFileName(BaseNameOf(flags.logdir)) &&
               std::filesystem::is_regular_file(flags.logdir)) {
      fmt::print(out,
                 "\"{}\" looks like an event file, not like a folder of them: name it with "
                 "--event_file instead of --logdir.\n",
                 flags.logdir);
    } else {
      fmt::print(out, "No event files found within logdir {}\n", flags.logdir);
    }
  }

  for (const Unit& unit : units) {
    if (flags.tag.empty()) {
      PrintTags(unit, out);
      fmt::print(out, "{}", kSeparator);
      fmt::print(out, "Event statistics for {}:\n", unit.name);
    } else {
      fmt::print(out, "Event statistics for tag {} in {}:\n", flags.tag, unit.name);
    }
    PrintStatistics(unit, flags.tag.empty(), out);
    fmt::print(out, "{}", kSeparator);
  }
  return 0;
}

}  // namespace fanlight::app
