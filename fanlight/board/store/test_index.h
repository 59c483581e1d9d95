// A store with an index, and a run that has something of everything, for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/base/log.h"
#include "fanlight/board/store/index_space.h"
#include "fanlight/board/store/run_writer.h"
#include "fanlight/board/store/store.h"
#include "fanlight/board/store/test_contents.h"

namespace fanlight::store {

inline constexpr std::string_view kLoaderBytes = "what the loader keeps";
inline std::span<const std::byte> LoaderBytes() { return std::as_bytes(std::span(kLoaderBytes)); }

// A store with an index in a directory of the test's own.
class IndexTest : public testing::Test {
 protected:
  IndexTest() { SetLogLevel(LogLevel::kError); }
  ~IndexTest() override { SetLogLevel(LogLevel::kInfo); }

  std::unique_ptr<Store> Open(uint64_t max_bytes = uint64_t{10} << 30,
                              const std::string& subject = "/logs") const {
    return *Store::Create({.index_directory = index_directory(),
                           .index_subject = subject,
                           .index_max_bytes = max_bytes});
  }
  std::string index_directory() const { return directory_.Join("index"); }
  std::string folder(const std::string& subject = "/logs") const {
    return JoinPath(index_directory(), IndexFolderName(subject));
  }
  std::string FileOf(std::string_view kind) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      if (entry.path().filename().string().starts_with(kind)) return entry.path().string();
    }
    return {};
  }

  TemporaryDirectory directory_;
};

// Scalars of two types, blobs, a restart, damage: everything that a record holds.
inline void Fill(Store& store, const std::string& name, uint32_t points = 5000) {
  RunWriter& run = store.AddRun(name);
  run.BeginFile(0, FileId{7});
  run.NoteStart(1.7e9);
  run.NoteFileVersion(2);
  run.NoteSession(SessionState::kStarted);
  const uint32_t loss = run.AddSeries("loss", {.kind = "scalars"}, RunWriter::Form::kScalars);
  const uint32_t counter = run.AddSeries(
      "counter\xff", {.kind = "scalars", .content = "c", .display_name = "d", .description = "e"},
      RunWriter::Form::kScalars);
  const uint32_t image =
      run.AddSeries("image", {.kind = "images", .is_old_style = true}, RunWriter::Form::kBlobs);
  run.AddSeries("_hparams_/session_start_info", {.kind = "hparams", .content = "session"},
                RunWriter::Form::kBlobs);
  for (uint32_t i = 0; i < points; ++i) {
    const double wall = 1.7e9 + 0.1 * i;
    run.series(loss).Append(ValueType::kFloat32, i, wall, 0x3f000000u + i);
    run.series(counter).Append(i % 2 == 0 ? ValueType::kInt64 : ValueType::kInt64, i, wall,
                               ~uint64_t{i});
    if (i % 16 == 0) {
      run.series(image).Append(BlobRef{.file = {0}, .record_offset = i, .step = i});
    }
    if (i == points / 2) {
      run.BeginFile(1, FileId{9});
      run.Supersede(points / 4, true);
    }
  }
  run.NoteLastPoint(points - 1, 1.7e9);
  run.NoteGrowth(1.7e9);
  run.NoteGrowth(1.7e9 + 2);
  run.AddDamage({.file = "f", .offset = 3, .bytes = 4, .message = "m"});
  run.FreezeTails();
  run.Commit();
  run.Save(LoaderBytes());
}

inline const std::vector<FileId> kFiles = {FileId{7}, FileId{9}};

}  // namespace fanlight::store
