// What the index keeps of one run, as bytes: everything a start needs to show the run without reading
// its files, and what its loader needs to go on where it stopped.
//
//   name │ loader's own bytes │ facts │ damage │ ordinal │ series: tag, metadata, generations,
//                                                           where its blocks and blob pages stand
//
// Points are not in it: they stand in the block file, and the record holds their places and summaries.
// docs/formats/index.md has the grammar. Internal to the store.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/board/store/block_file.h"
#include "fanlight/board/store/facts.h"
#include "fanlight/board/store/series_record.h"

namespace fanlight::store {

struct Names;

struct RunRecord {
  std::string_view name;
  std::span<const std::byte> loader;
  RunFacts facts;  // Without id, names and points.
  std::vector<double> flush_intervals_s;
  DamageReport damage;
  uint32_t file_ordinal = 0;
  SeriesList series;
};

// The record of a run whose points are all in `blocks`. Nothing when some are not in its named file.
std::optional<std::vector<std::byte>> EncodeRun(const RunRecord& run, const BlockFile& blocks);

// What the series of a record come into.
struct SeriesHome {
  const BlockFile& blocks;
  Names& names;
};
// The other way. Blocks are not looked at: the series' trust is kUnchecked. Texts are views of `record`.
// Errors: kCorrupt when the bytes are not a record or name places outside of the block file.
Result<RunRecord> DecodeRun(std::span<const std::byte> record, const SeriesHome& home);

// The loader's bytes alone; empty when `record` is not one.
std::span<const std::byte> LoaderBytesOf(std::span<const std::byte> record);

// Where the blocks of a record stand in the block file.
struct BlockPlace {
  size_t at = 0;  // Where in the record the offset stands, 8 bytes.
  uint64_t offset = 0;
  uint32_t bytes = 0;
};
// Errors: as DecodeRun.
Result<std::vector<BlockPlace>> FindBlocks(std::span<const std::byte> record);

}  // namespace fanlight::store
