// Everything a snapshot holds, as text, for tests that compare two ways to the same contents.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <string>

#include "fanlight/board/store/snapshot.h"

namespace fanlight::store {

inline void AppendPoints(std::string& text, const SeriesView& series, Generations generations,
                         const BlobReader* blobs) {
  series.ForEachRun(generations, [&](const ScalarRun& run) {
    for (size_t i = 0; i < run.steps.size(); ++i) {
      text += fmt::format("{} {} {:x} {:x} {:x}\n", run.first_index + i, run.steps[i],
                          std::bit_cast<uint64_t>(run.wall_times_s[i]),
                          std::bit_cast<uint64_t>(run.values[i]),
                          series.IntegerAt(run.first_index + i));
    }
  });
  for (const BlobRef& blob : series.Blobs(generations)) {
    text += fmt::format("{} {} {} {} {} {:x} ", blob.value_index, blob.record_offset,
                        blob.payload_bytes, blob.items, blob.step,
                        std::bit_cast<uint64_t>(blob.wall_time_s));
    if (blobs == nullptr) {
      text += fmt::format("file {}\n", blob.file.index);
      continue;
    }
    const auto value = blobs->Read(blob);
    text += value ? fmt::format("numbers {} strings {}\n", fmt::join(value->numbers, " "),
                                fmt::join(value->strings, " "))
                  : value.error().message + "\n";
  }
}

// All columns of all series by all rules, bit for bit, and the facts of the runs but those that tell when
// this program saw the run grow. With `blobs` also what the references lead to; else the numbers of their
// files, which are ingest's own.
inline std::string ContentsOf(const Snapshot& snapshot, const BlobReader* blobs = nullptr) {
  const auto number = [](const auto& value) {
    return value ? fmt::format("{}", *value) : std::string("-");
  };
  std::string text;
  for (const RunFacts* run : snapshot.Runs()) {
    text +=
        fmt::format("run {} {} start {} earliest {} last {} {} points {} session {} version {}\n",
                    run->name, run->display_name, number(run->start_s), number(run->earliest_s),
                    number(run->last_step), number(run->last_wall_time_s), run->points,
                    static_cast<int>(run->session), run->file_version);
    for (const RunNote& note : run->notes)
      text += fmt::format("note {} {}\n", note.tag, note.content);
    for (const SeriesView& series : snapshot.Series(run->id)) {
      const SeriesMetadata& metadata = series.metadata();
      text += fmt::format("series {} {} {} {} {} {} old {} type {} points {}\n", series.tag_bytes(),
                          series.tag(), metadata.kind, metadata.content, metadata.display_name,
                          metadata.description, metadata.is_old_style,
                          static_cast<int>(series.value_type()), series.points());
      for (const Generations generations :
           {Generations::kAll, Generations::kCurrent, Generations::kTensorBoardFast,
            Generations::kTensorBoardSlow}) {
        AppendPoints(text, series, generations, blobs);
      }
    }
  }
  const DamageReport& damage = snapshot.damage();
  text += fmt::format("damage {} {}\n", damage.count, damage.bytes_lost);
  for (const Damage& item : damage.items) {
    text += fmt::format("{} {} {} {}\n", item.file, item.offset, item.bytes, item.message);
  }
  return text;
}

}  // namespace fanlight::store
