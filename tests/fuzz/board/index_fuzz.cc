// An index from outside, its checksums made right, so that what reads it is reached: a catalogue's records, a
// run's record, blocks, blob pages, a loader's bytes.
//
//   2 bytes: how long the run's record is │ the record │ the block file

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/file.h"
#include "fanlight/board/ingest/saved_run.h"
#include "fanlight/board/store/run_record.h"
#include "fanlight/board/store/store_state.h"

using namespace fanlight;

// Blocks and pages begin with the CRC of what follows it and with their length.
static void MakeRight(std::span<std::byte> bytes) {
  if (bytes.size() < 8) return;
  StoreLittleEndian(bytes.data() + 4, static_cast<uint32_t>(bytes.size()));
  StoreLittleEndian(bytes.data(), Crc32c(bytes.subspan(4)));
}

static void ReadAll(const store::SeriesView& series) {
  for (const auto generations :
       {store::Generations::kCurrent, store::Generations::kTensorBoardFast}) {
    series.ForEachRun(generations, [](const store::ScalarRun&) {});
    series.Blobs(generations, 10);
    series.Window({.width = 20, .generations = generations});
    series.Sample(10, generations);
    series.Last(generations);
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 100'000) return 0;
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), data, size);
  const size_t record_bytes = std::min<size_t>(LoadLittleEndian<uint16_t>(bytes.data()), size - 2);
  const auto record = std::span(bytes).subspan(2, record_bytes);
  const auto blocks = std::span(bytes).subspan(2 + record_bytes);
  if (const auto places = store::FindBlocks(record)) {
    for (const auto& place : *places) {
      if (place.offset <= blocks.size() && place.bytes <= blocks.size() - place.offset)
        MakeRight(blocks.subspan(place.offset, place.bytes));
    }
  }
  static const TemporaryDirectory directory;
  static const std::string path = directory.Join("blocks");
  ::unlink(path.c_str());
  auto file = File::CreateNew(path);
  if (!file || !file->Write(blocks)) return 0;
  auto reading = File::OpenForReading(path);
  if (!reading) return 0;
  const auto home = std::make_shared<store::BlockFile>(
      store::BlockFile::Named{
          .file = *std::move(reading), .bytes = blocks.size(), .is_writable = false},
      "");
  store::Names names;
  const auto run = store::DecodeRun(record, {.blocks = *home, .names = names});
  if (!run) return 0;
  for (size_t i = 0; i < run->series.size(); ++i) {
    const store::SeriesRecord& series = run->series[i];
    ReadAll(store::SeriesView(
        std::make_shared<store::SeriesState>(store::SeriesState{.record = series,
                                                                .run = {},
                                                                .lineage = {},
                                                                .trust = &series.trust,
                                                                .file = home.get(),
                                                                .owner = nullptr})));
  }
  static_cast<void>(ingest::DecodeSavedRun(run->loader));
  return 0;
}
