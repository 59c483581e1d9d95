// How a loader writes one run: it fills a stage of its own, without locks, and publishes it in
// short commits.
//
//   RunWriter& writer = store.AddRun("train");
//   writer.BeginFile(0, file);
//   const uint32_t loss = writer.AddSeries("loss", {.kind = "scalars"}, RunWriter::Form::kScalars);
//   writer.series(loss).Append(ValueType::kFloat32, step, wall_time_s, bits);
//   writer.Commit();                                   // now readers see it
//
// Not thread-safe, but for Commit()'s effect on readers: one thread writes a run at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include "fanlight/board/store/facts.h"
#include "fanlight/board/store/series_stage.h"

namespace fanlight::store {

class StoreImpl;

class RunWriter {
 public:
  enum class Form : uint8_t { kScalars, kBlobs };

  RunWriter(StoreImpl& store, RunFacts facts);
  ~RunWriter();

  RunId id() const { return facts_.id; }
  const std::string& name() const { return facts_.name; }

  // A new series; the caller sees to it that (tag, kind) is new in the run. Returns its number,
  // counted from 0.
  uint32_t AddSeries(std::string_view tag, SeriesMetadata metadata, Form form);
  SeriesStage& series(uint32_t index) { return *series_[index]; }
  size_t series_count() const { return series_.size(); }

  // Points come from the `ordinal`th file of the run from now on, which ingest calls `file`;
  // SeriesStage::BeginFile.
  void BeginFile(uint32_t ordinal, FileId file);
  // A restart of the job at `step`: the points of all series from there on are superseded.
  void Supersede(int64_t step, bool is_slow);

  // Facts. The first event's wall time is the run's start and stays.
  void NoteStart(double wall_time_s);
  void NoteEarliest(double wall_time_s);
  void NoteLastPoint(int64_t step, double wall_time_s);
  void NoteSession(SessionState state);
  void NoteFileVersion(double version) { facts_.file_version = version; }
  // The run's files grew just now, or, while loading, at the time the file system tells.
  void NoteGrowth(double at_s);
  void AddDamage(Damage damage);

  // Puts all points into the block file: the run is read up to its end. False when they are there.
  bool FreezeTails();
  // Publishes everything written since the last commit as one change.
  void Commit();
  // Gives back the stages of a run that has come to rest, for they take many times the memory of what is published:
  // all points must be in the block file, and committed. Resume() makes them again.
  void Park();
  // Forgets all series and facts; the next commit publishes a run without them. For files that were
  // replaced.
  void Reset();
  // The run is gone from disk: takes it out of the lists at once. A later Commit() brings it back.
  void Remove();

  // --- the index ---
  // Publishes the run as it was saved; `files` are its files by ordinal. Nothing may have been
  // written before. False when the index is damaged: nothing has happened then.
  bool Restore(std::vector<FileId> files);
  // Must be called once behind Restore() or Park() before anything more is written. False when what was saved
  // proves damaged: the run must be reset and read again.
  bool Resume();
  // Keeps the run as it was committed last for the next start, with the loader's bytes. All points
  // must be frozen.
  void Save(std::span<const std::byte> loader_bytes);

 private:
  // A series that is a note goes with the run's facts.
  void NoteSeries(std::string_view tag, const SeriesMetadata& metadata);
  bool Freeze(uint32_t min_points);
  void Publish(std::span<SeriesRecord* const> fresh, bool are_series_changed,
               bool is_session_changed);

  StoreImpl& store_;
  RunFacts facts_;
  bool is_listed_ = false;
  bool are_facts_changed_ = false;
  bool is_reset_ = false;
  DamageReport damage_;
  uint32_t file_ordinal_ = 0;
  FileList files_;
  std::vector<std::unique_ptr<SeriesStage>> series_;
  SeriesList published_;
  uint64_t reading_;                       // Lineage of its series.
  std::vector<double> flush_intervals_s_;  // The newest, for their median.
  uint32_t flushes_ = 0;
};

}  // namespace fanlight::store
