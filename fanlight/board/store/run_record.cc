#include "fanlight/board/store/run_record.h"

#include <deque>
#include <limits>

#include "fanlight/board/store/byte_codec.h"
#include "fanlight/board/store/series_state.h"
#include "fanlight/board/store/store_state.h"

namespace fanlight::store {
namespace {

enum FactFlags : uint8_t { kHasStart = 1, kHasEarliest = 2, kHasLastWall = 4, kHasLastStep = 8 };
// One leaf in one block is told by its place alone: its summary stands in it.
enum SeriesFlags : uint8_t { kIsScalars = 1, kSameMetadata = 2, kIsOldStyle = 4, kIsOneLeaf = 8 };

// Damage told of in full, of one run; beyond that it is counted.
constexpr size_t kMaxDamageItems = 20;

struct BlockEntry {
  uint64_t offset;
  uint32_t bytes;
  uint32_t points;
  Summary summary;
};
static_assert(sizeof(BlockEntry) == 72);

struct BlobEntry {
  uint64_t offset;
  uint32_t count;
  uint32_t unused;
};
static_assert(sizeof(BlobEntry) == 16);

template <typename T>
void PutOptional(ByteWriter& out, const std::optional<T>& value) {
  out.Put(value.value_or(T{}));
}

template <typename T>
std::optional<T> TakeOptional(ByteReader& in, bool is_there) {
  const T value = in.Take<T>();
  return is_there ? std::optional<T>(value) : std::nullopt;
}

void PutFacts(ByteWriter& out, const RunFacts& facts, std::span<const double> flush_intervals_s) {
  out.Put(static_cast<uint8_t>(
      (facts.start_s ? kHasStart : 0) | (facts.earliest_s ? kHasEarliest : 0) |
      (facts.last_wall_time_s ? kHasLastWall : 0) | (facts.last_step ? kHasLastStep : 0)));
  PutOptional(out, facts.start_s);
  PutOptional(out, facts.earliest_s);
  PutOptional(out, facts.last_wall_time_s);
  PutOptional(out, facts.last_step);
  out.Put(static_cast<uint8_t>(facts.session));
  out.Put(facts.file_version);
  out.Put(facts.last_growth_s);
  out.Put(facts.flush_interval_s);
  out.PutBytes(std::as_bytes(flush_intervals_s));
}

void TakeFacts(ByteReader& in, RunFacts& facts, std::vector<double>& flush_intervals_s) {
  const auto flags = in.Take<uint8_t>();
  facts.start_s = TakeOptional<double>(in, (flags & kHasStart) != 0);
  facts.earliest_s = TakeOptional<double>(in, (flags & kHasEarliest) != 0);
  facts.last_wall_time_s = TakeOptional<double>(in, (flags & kHasLastWall) != 0);
  facts.last_step = TakeOptional<int64_t>(in, (flags & kHasLastStep) != 0);
  const auto session = in.Take<uint8_t>();
  if (session > static_cast<uint8_t>(SessionState::kStopped)) in.Fail();
  facts.session = static_cast<SessionState>(session);
  facts.file_version = in.Take<double>();
  facts.last_growth_s = in.Take<double>();
  facts.flush_interval_s = in.Take<double>();
  const auto intervals = in.TakeBytes();
  if (intervals.size() % sizeof(double) != 0) in.Fail();
  flush_intervals_s.resize(intervals.size() / sizeof(double));
  if (!flush_intervals_s.empty()) {
    std::memcpy(flush_intervals_s.data(), intervals.data(),
                flush_intervals_s.size() * sizeof(double));
  }
}

void PutDamage(ByteWriter& out, const DamageReport& damage) {
  out.Put(damage.count);
  out.Put(damage.bytes_lost);
  const size_t skipped = damage.items.size() - std::min(damage.items.size(), kMaxDamageItems);
  out.Put(static_cast<uint32_t>(damage.items.size() - skipped));
  for (const Damage& item : std::span(damage.items).subspan(skipped)) {
    out.PutText(item.file);
    out.Put(item.offset);
    out.Put(item.bytes);
    out.PutText(item.message);
  }
}

DamageReport TakeDamage(ByteReader& in) {
  DamageReport damage;
  damage.count = in.Take<uint64_t>();
  damage.bytes_lost = in.Take<uint64_t>();
  const uint32_t items = in.TakeCount(24);
  for (uint32_t i = 0; i < items; ++i) {
    Damage item;
    item.file = in.TakeText();
    item.offset = in.Take<uint64_t>();
    item.bytes = in.Take<uint64_t>();
    item.message = in.TakeText();
    damage.items.push_back(std::move(item));
  }
  return damage;
}

bool PutSeries(ByteWriter& out, const SeriesRecord& series, const SeriesMetadata* previous,
               const BlockFile& blocks) {
  const SeriesParts* parts = series.parts.get();
  if (parts != nullptr && (parts->tail_points > 0 || parts->open_blobs != nullptr)) return false;
  const SeriesMetadata& metadata = *series.metadata;
  const bool is_same = previous == &metadata;
  const bool is_one_leaf = series.is_scalars && series.only != nullptr;
  out.PutText(series.tag->bytes);
  out.Put(static_cast<uint8_t>(
      (series.is_scalars ? kIsScalars : 0) | (is_same ? kSameMetadata : 0) |
      (metadata.is_old_style ? kIsOldStyle : 0) | (is_one_leaf ? kIsOneLeaf : 0)));
  if (!is_same) {
    out.PutText(metadata.kind);
    out.PutText(metadata.content);
    out.PutText(metadata.display_name);
    out.PutText(metadata.description);
  }
  out.Put(static_cast<uint8_t>(series.type));
  out.Put(static_cast<uint8_t>(series.tail_type));
  out.Put(series.highest_ordinal);
  out.Put(series.points);
  const auto* generations = series.generations().get();
  out.Put(static_cast<uint32_t>(generations == nullptr ? 0 : generations->size()));
  if (generations != nullptr) {
    for (const Generation& generation : *generations) out.Put(generation);
  }
  if (is_one_leaf) {
    const auto offset = blocks.OffsetOf(series.only);
    if (!offset) return false;
    out.Put(*offset);
    out.Put(series.only_bytes());
    return true;
  }
  if (series.is_scalars) {
    const ScalarPoints points(series);
    out.Put(static_cast<uint32_t>(points.parts()));
    for (size_t i = 0; i < points.parts(); ++i) {
      const BlockInfo& block = *points.part(i).block;
      const auto offset = blocks.OffsetOf(block.data);
      if (!offset) return false;
      out.Put(BlockEntry{*offset, block.bytes, block.points, block.summary});
    }
    return true;
  }
  out.Put(static_cast<uint32_t>(series.blob_pages().size()));
  for (const std::byte* page : series.blob_pages()) {
    const auto offset = blocks.OffsetOf(page);
    if (!offset) return false;
    out.Put(BlobEntry{*offset, static_cast<uint32_t>(RefsOfBlobPage(page).size()), 0});
  }
  return true;
}

// What stands in front of a series' places.
struct SeriesHead {
  std::string_view tag;
  uint8_t flags = 0;
  std::string_view kind, content, display_name, description;
  ValueType type = ValueType::kFloat32;
  ValueType tail_type = ValueType::kFloat32;
  uint32_t highest_ordinal = 0;
  uint64_t points = 0;
  GenerationList generations;

  bool is_scalars() const { return (flags & kIsScalars) != 0; }
  bool is_one_leaf() const { return (flags & kIsOneLeaf) != 0; }
  bool has_same_metadata() const { return (flags & kSameMetadata) != 0; }
};
constexpr size_t kLeastSeriesBytes = 4 + 1 + 2 + 4 + 8 + 4 + 4;

GenerationList TakeGenerations(ByteReader& in, uint64_t points) {
  const uint32_t count = in.TakeCount(sizeof(Generation));
  if (count == 0) return nullptr;
  auto list = std::make_shared<std::vector<Generation>>(count);
  for (uint32_t i = 0; i < count; ++i) {
    Generation& generation = (*list)[i];
    generation = in.Take<Generation>();
    const bool is_in_order =
        i == 0 ? generation.first_index == 0 : generation.first_index > (*list)[i - 1].first_index;
    if (!is_in_order || generation.first_index > points) in.Fail();
  }
  return list;
}

ValueType TakeType(ByteReader& in) {
  const auto type = in.Take<uint8_t>();
  if (type > static_cast<uint8_t>(ValueType::kBool)) in.Fail();
  return static_cast<ValueType>(type);
}

SeriesHead TakeSeriesHead(ByteReader& in) {
  SeriesHead head;
  head.tag = in.TakeText();
  head.flags = in.Take<uint8_t>();
  if (!head.has_same_metadata()) {
    head.kind = in.TakeText();
    head.content = in.TakeText();
    head.display_name = in.TakeText();
    head.description = in.TakeText();
  }
  head.type = TakeType(in);
  head.tail_type = TakeType(in);
  head.highest_ordinal = in.Take<uint32_t>();
  head.points = in.Take<uint64_t>();
  head.generations = TakeGenerations(in, head.points);
  return head;
}

// What does not stand in the records of a run, allocated together: a start makes it by the ten thousand. Parts own pages, and
// others may own them longer; so the two are apart, or they would own themselves.
struct Slabs {
  std::shared_ptr<std::deque<SeriesParts>> parts = std::make_shared<std::deque<SeriesParts>>();
  std::shared_ptr<std::deque<BlockPage>> pages = std::make_shared<std::deque<BlockPage>>();
};

std::optional<BlockInfo> TakeBlock(ByteReader& in, const BlockFile& blocks) {
  const auto entry = in.Take<BlockEntry>();
  const auto bytes = blocks.Kept(entry.offset, entry.bytes);
  if (bytes.empty() || entry.offset % 8 != 0 || entry.points == 0 || entry.points > kBlockPoints ||
      !IsIn(entry.summary, entry.points)) {
    in.Fail();
    return std::nullopt;
  }
  return BlockInfo{.data = bytes.data(),
                   .bytes = entry.bytes,
                   .points = entry.points,
                   .first_index = 0,
                   .summary = entry.summary};
}

// Fills in the place of a scalar series that is one leaf.
void TakeLeaf(ByteReader& in, const BlockFile& blocks, SeriesRecord& series) {
  const auto offset = in.Take<uint64_t>();
  const auto bytes = in.Take<uint32_t>();
  const auto kept = blocks.Kept(offset, bytes);
  const bool is_one = series.points >= 1 && series.points <= kLeafPoints;
  if (!is_one || kept.empty() || offset % 8 != 0 || bytes % 8 != 0 ||
      bytes / 8 > std::numeric_limits<uint16_t>::max()) {
    in.Fail();
    return;
  }
  series.only = kept.data();
  series.only_words = static_cast<uint16_t>(bytes / 8);
}

// Fills in the places of a scalar series' blocks. `parts` is null until it is needed.
void TakeBlocks(ByteReader& in, const BlockFile& blocks, SeriesRecord& series, SeriesParts*& parts,
                Slabs& slabs) {
  const uint32_t count = in.TakeCount(sizeof(BlockEntry));
  std::shared_ptr<BlockPage> page;
  uint64_t points = 0;
  for (uint32_t i = 0; i < count; ++i) {
    auto block = TakeBlock(in, blocks);
    if (!block) return;
    if (parts == nullptr) parts = &slabs.parts->emplace_back();
    if (page == nullptr) {
      page = std::shared_ptr<BlockPage>(slabs.pages, &slabs.pages->emplace_back());
      page->items.reserve(std::min<size_t>(count - i, BlockPage::kItems));
    }
    block->first_index = points;
    page->items.push_back(*block);
    points += block->points;
    if (page->items.size() == BlockPage::kItems || i + 1 == count) {
      parts->blocks.push_back(std::move(page));
      page = nullptr;
    }
  }
  if (points != series.points) in.Fail();
}

// The same for a series of references.
void TakeBlobPages(ByteReader& in, const BlockFile& blocks, SeriesRecord& series,
                   SeriesParts*& parts, Slabs& slabs) {
  const uint32_t count = in.TakeCount(sizeof(BlobEntry));
  uint64_t points = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const auto entry = in.Take<BlobEntry>();
    const bool is_full = entry.count == kBlobPageRefs;
    if (entry.count == 0 || entry.count > kBlobPageRefs || (!is_full && i + 1 < count) ||
        entry.offset % 8 != 0) {
      in.Fail();
      return;
    }
    const auto bytes = blocks.Kept(entry.offset, BlobPageBytes(entry.count));
    if (bytes.empty()) {
      in.Fail();
      return;
    }
    points += entry.count;
    if (count == 1 && parts == nullptr) {
      series.only = bytes.data();
      break;
    }
    if (parts == nullptr) parts = &slabs.parts->emplace_back();
    parts->blob_pages.reserve(count);
    parts->blob_pages.push_back(bytes.data());
  }
  if (points != series.points) in.Fail();
}

// Everything in front of the series.
RunRecord TakeHead(ByteReader& in) {
  RunRecord run;
  run.name = in.TakeText();
  run.loader = in.TakeBytes();
  TakeFacts(in, run.facts, run.flush_intervals_s);
  run.damage = TakeDamage(in);
  run.file_ordinal = in.Take<uint32_t>();
  return run;
}

tl::unexpected<Error> NotARecord(const ByteReader& in) {
  return Fail(ErrorCode::kCorrupt, "not a run's record in the index, at byte {} of it",
              in.position());
}

}  // namespace

std::optional<std::vector<std::byte>> EncodeRun(const RunRecord& run, const BlockFile& blocks) {
  ByteWriter out;
  out.PutText(run.name);
  out.PutBytes(run.loader);
  PutFacts(out, run.facts, run.flush_intervals_s);
  PutDamage(out, run.damage);
  out.Put(run.file_ordinal);
  out.Put(static_cast<uint32_t>(run.series.size()));
  const SeriesMetadata* previous = nullptr;
  for (size_t i = 0; i < run.series.size(); ++i) {
    if (!PutSeries(out, run.series[i], previous, blocks)) return std::nullopt;
    previous = run.series[i].metadata;
  }
  return out.Take();
}

Result<RunRecord> DecodeRun(std::span<const std::byte> record, const SeriesHome& home) {
  ByteReader in(record);
  RunRecord run = TakeHead(in);
  const uint32_t count = in.TakeCount(kLeastSeriesBytes);
  run.series.Grow(count);
  Slabs slabs;
  const SeriesMetadata* metadata = nullptr;
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    const SeriesHead head = TakeSeriesHead(in);
    if (head.has_same_metadata() && metadata == nullptr) in.Fail();
    if (!in.ok()) break;
    if (!head.has_same_metadata()) {
      metadata = &home.names.metadata.Intern({.kind = std::string(head.kind),
                                              .content = std::string(head.content),
                                              .display_name = std::string(head.display_name),
                                              .description = std::string(head.description),
                                              .is_old_style = (head.flags & kIsOldStyle) != 0});
    }
    SeriesRecord& series = run.series.Edit(i);
    series.tag = &home.names.tags.Intern(head.tag);
    series.metadata = metadata;
    series.is_scalars = head.is_scalars();
    series.type = head.type;
    series.tail_type = head.tail_type;
    series.points = head.points;
    series.highest_ordinal = head.highest_ordinal;
    series.trust.Set(Trust::kUnchecked);
    SeriesParts* parts = nullptr;
    if (head.generations != nullptr) {
      parts = &slabs.parts->emplace_back();
      parts->generations = head.generations;
    }
    if (head.is_one_leaf()) {
      if (parts != nullptr || !head.is_scalars()) in.Fail();
      TakeLeaf(in, home.blocks, series);
    } else if (head.is_scalars()) {
      TakeBlocks(in, home.blocks, series, parts, slabs);
    } else {
      TakeBlobPages(in, home.blocks, series, parts, slabs);
    }
    if (parts != nullptr) series.parts = std::shared_ptr<const SeriesParts>(slabs.parts, parts);
    run.facts.points += head.points;
  }
  if (!in.ok() || !in.is_at_end()) return NotARecord(in);
  return run;
}

std::span<const std::byte> LoaderBytesOf(std::span<const std::byte> record) {
  ByteReader in(record);
  in.TakeText();
  return in.TakeBytes();
}

Result<std::vector<BlockPlace>> FindBlocks(std::span<const std::byte> record) {
  ByteReader in(record);
  TakeHead(in);
  std::vector<BlockPlace> places;
  const uint32_t count = in.TakeCount(kLeastSeriesBytes);
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    const SeriesHead head = TakeSeriesHead(in);
    if (head.is_one_leaf()) {
      const size_t at = in.position();
      const auto offset = in.Take<uint64_t>();
      places.push_back({at, offset, in.Take<uint32_t>()});
      continue;
    }
    const uint32_t entries =
        in.TakeCount(head.is_scalars() ? sizeof(BlockEntry) : sizeof(BlobEntry));
    for (uint32_t k = 0; k < entries; ++k) {
      const size_t at = in.position();
      if (head.is_scalars()) {
        const auto entry = in.Take<BlockEntry>();
        places.push_back({at, entry.offset, entry.bytes});
      } else {
        const auto entry = in.Take<BlobEntry>();
        if (entry.count > kBlobPageRefs) in.Fail();
        places.push_back({at, entry.offset, static_cast<uint32_t>(BlobPageBytes(entry.count))});
      }
    }
  }
  if (!in.ok() || !in.is_at_end()) return NotARecord(in);
  return places;
}

}  // namespace fanlight::store
