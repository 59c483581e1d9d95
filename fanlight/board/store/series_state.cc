#include "fanlight/board/store/series_state.h"

#include <algorithm>
#include <bit>

namespace fanlight::store {
namespace {

// Appends [begin, end), joined to what it continues.
void AppendRange(std::vector<IndexRange>& ranges, uint64_t begin, uint64_t end) {
  if (begin >= end) return;
  if (!ranges.empty() && ranges.back().end == begin) {
    ranges.back().end = end;
  } else {
    ranges.push_back({begin, end});
  }
}

// Calls `fn(first, steps)` for the steps of part of a part, in pieces.
template <typename Fn>
void ForEachStep(const ScalarPoints& points, const ScalarPoints::Part& part, uint32_t first,
                 uint32_t end, Fn&& fn) {
  int64_t steps[kLeafPoints];
  while (first < end) {
    const uint32_t count = std::min(kLeafPoints, end - first);
    points.Steps(part, first, std::span(steps, count));
    for (uint32_t i = 0; i < count; ++i) fn(first + i, steps[i]);
    first += count;
  }
}

// The points below the limits of their generations.
std::vector<IndexRange> BelowLimits(const SeriesState& series, bool is_slow) {
  const ScalarPoints points(series);
  std::vector<IndexRange> ranges;
  const std::vector<Generation>& generations = *series.record.generations();
  for (size_t p = 0; p < points.parts(); ++p) {
    const ScalarPoints::Part part = points.part(p);
    const uint64_t part_end = part.first_index + part.points;
    for (size_t g = GenerationOf(series.record.generations(), part.first_index);
         g < generations.size(); ++g) {
      const uint64_t begin = std::max(part.first_index, generations[g].first_index);
      if (begin >= part_end) break;
      const uint64_t end = g + 1 < generations.size()
                               ? std::min(part_end, generations[g + 1].first_index)
                               : part_end;
      const int64_t limit = is_slow ? generations[g].slow_limit : generations[g].limit;
      if (limit == Generation::kNoLimit ||
          (part.block != nullptr && part.block->summary.max_step < limit)) {
        AppendRange(ranges, begin, end);
        continue;
      }
      if (part.block != nullptr && part.block->summary.min_step >= limit) continue;
      if (part.block != nullptr && part.block->summary.steps_rise()) {
        // The first point at the limit or above, by halving.
        auto low = static_cast<uint32_t>(begin - part.first_index);
        auto high = static_cast<uint32_t>(end - part.first_index);
        while (low < high) {
          const uint32_t middle = low + (high - low) / 2;
          if (points.StepAt(part, middle) < limit) {
            low = middle + 1;
          } else {
            high = middle;
          }
        }
        AppendRange(ranges, begin, part.first_index + low);
        continue;
      }
      ForEachStep(points, part, static_cast<uint32_t>(begin - part.first_index),
                  static_cast<uint32_t>(end - part.first_index), [&](uint32_t at, int64_t step) {
                    if (step < limit) {
                      AppendRange(ranges, part.first_index + at, part.first_index + at + 1);
                    }
                  });
    }
  }
  return ranges;
}

// A point stays when all later ones have greater steps: what is left when each new point first
// removes the points at the end with its step or a greater one.
std::vector<IndexRange> StrictlyRising(const SeriesState& series) {
  const ScalarPoints points(series);
  std::vector<IndexRange> backwards;
  int64_t least_after = INT64_MAX;
  bool has_after = false;
  const auto keep = [&](uint64_t begin, uint64_t end) {
    if (!backwards.empty() && backwards.back().begin == end) {
      backwards.back().begin = begin;
    } else {
      backwards.push_back({begin, end});
    }
  };
  for (size_t p = points.parts(); p-- > 0;) {
    const ScalarPoints::Part part = points.part(p);
    if (part.block != nullptr && (part.block->summary.flags & Summary::kStepsRiseStrictly) != 0 &&
        (!has_after || part.block->summary.max_step < least_after)) {
      keep(part.first_index, part.first_index + part.points);
      least_after = part.block->summary.min_step;
      has_after = true;
      continue;
    }
    std::vector<int64_t> steps(part.points);
    points.Steps(part, 0, steps);
    for (uint32_t at = part.points; at-- > 0;) {
      if (has_after && steps[at] >= least_after) continue;
      keep(part.first_index + at, part.first_index + at + 1);
      least_after = steps[at];
      has_after = true;
    }
  }
  std::reverse(backwards.begin(), backwards.end());
  return backwards;
}

bool IsBlockIntact(const BlockInfo& block) {
  return IsIntactBlock({block.data, block.bytes}) &&
         ScalarBlock(block.data).points() == block.points;
}

// Checks what came from an index: checksums, and that the blocks are those the index tells of.
bool AreBlocksIntact(const SeriesRecord& record) {
  if (record.only != nullptr && record.is_scalars) {
    return IsBlockIntact({.data = record.only,
                          .bytes = record.only_bytes(),
                          .points = static_cast<uint32_t>(record.points),
                          .summary = {}});
  }
  if (record.parts != nullptr) {
    for (const auto& page : record.parts->blocks) {
      if (!std::all_of(page->items.begin(), page->items.end(), IsBlockIntact)) return false;
    }
  }
  uint64_t refs = 0;
  for (const std::byte* page : record.blob_pages()) {
    // Each is full but the last, which holds the rest.
    const uint64_t left = record.points - refs;
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(left, kBlobPageRefs));
    if (!IsIntactBlobPage({page, BlobPageBytes(count)})) return false;
    refs += count;
  }
  return true;
}

}  // namespace

bool IsSound(const SeriesState& series) {
  if (series.trust == nullptr) return true;
  // Two readers may both look; they find the same.
  Trust trust = series.trust->Get();
  if (trust == Trust::kUnchecked) {
    trust = AreBlocksIntact(series.record) ? Trust::kSound : Trust::kBroken;
    series.trust->Set(trust);
    if (trust == Trust::kBroken) series.file->TellBroken(series.run);
  }
  return trust == Trust::kSound;
}

size_t GenerationOf(const GenerationList& generations, uint64_t index) {
  if (generations == nullptr) return 0;
  const auto after =
      std::upper_bound(generations->begin(), generations->end(), index,
                       [](uint64_t i, const Generation& g) { return i < g.first_index; });
  // Several generations may begin at one index, when restarts followed each other without a point:
  // the last counts.
  return static_cast<size_t>(after - generations->begin()) - 1;
}

std::vector<IndexRange> SelectPoints(const SeriesState& series, Generations generations) {
  if (series.record.points == 0 || !IsSound(series)) return {};
  switch (generations) {
    case Generations::kTensorBoardFast:
      return StrictlyRising(series);
    case Generations::kCurrent:
    case Generations::kTensorBoardSlow:
      if (series.record.generations() != nullptr) {
        return BelowLimits(series, generations == Generations::kTensorBoardSlow);
      }
      break;
    case Generations::kAll:
      break;
  }
  return {{0, series.record.points}};
}

void KeepGenerations(const SeriesState& series, Generations generations,
                     std::vector<BlobRef>& blobs) {
  if (generations == Generations::kAll) return;
  if (generations == Generations::kTensorBoardFast) {
    size_t kept = 0;
    for (const BlobRef& blob : blobs) {
      while (kept > 0 && blobs[kept - 1].step >= blob.step) --kept;
      blobs[kept++] = blob;
    }
    blobs.resize(kept);
    return;
  }
  if (series.record.generations() == nullptr) return;
  size_t kept = 0;
  for (size_t i = 0; i < blobs.size(); ++i) {
    const Generation& generation =
        (*series.record.generations())[GenerationOf(series.record.generations(), i)];
    const int64_t limit =
        generations == Generations::kCurrent ? generation.limit : generation.slow_limit;
    if (limit == Generation::kNoLimit || blobs[i].step < limit) blobs[kept++] = blobs[i];
  }
  blobs.resize(kept);
}

ScalarPoints::ScalarPoints(const SeriesState& series)
    : ScalarPoints(IsSound(series) ? series.record : SeriesRecord()) {}

ScalarPoints::ScalarPoints(const SeriesRecord& record)
    : points_(record.points), parts_(record.parts.get()), tail_type_(record.tail_type) {
  if (record.only != nullptr) {
    // One leaf: its summary is the block's.
    blocks_ = 1;
    only_ = {.data = record.only,
             .bytes = record.only_bytes(),
             .points = static_cast<uint32_t>(points_),
             .first_index = 0,
             .summary = ScalarBlock(record.only).leaf(0)};
  } else if (parts_ != nullptr) {
    const auto& pages = parts_->blocks;
    if (!pages.empty()) {
      blocks_ = (pages.size() - 1) * BlockPage::kItems + pages.back()->items.size();
    }
    tail_ = parts_->tail.get();
    tail_points_ = parts_->tail_points;
  }
}

ScalarPoints::Part ScalarPoints::part(size_t index) const {
  if (index < blocks_) {
    const BlockInfo& block =
        parts_ == nullptr
            ? only_
            : parts_->blocks[index / BlockPage::kItems]->items[index % BlockPage::kItems];
    return {.first_index = block.first_index, .points = block.points, .block = &block};
  }
  return {.first_index = points_ - tail_points_, .points = tail_points_, .block = nullptr};
}

size_t ScalarPoints::PartOf(uint64_t index) const {
  size_t low = 0;
  size_t high = parts();
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    (part(middle).first_index <= index ? low : high) = middle;
  }
  return low;
}

void ScalarPoints::Steps(const Part& part, uint32_t first, std::span<int64_t> into) const {
  if (part.block != nullptr) {
    ScalarBlock(part.block->data).Steps(first, into);
  } else {
    std::copy_n(tail_->steps.get() + first, into.size(), into.begin());
  }
}

void ScalarPoints::WallTimes(const Part& part, uint32_t first, std::span<double> into) const {
  if (part.block != nullptr) {
    ScalarBlock(part.block->data).WallTimes(first, into);
  } else {
    std::copy_n(tail_->walls.get() + first, into.size(), into.begin());
  }
}

void ScalarPoints::Values(const Part& part, uint32_t first, std::span<double> into) const {
  if (part.block != nullptr) {
    ScalarBlock(part.block->data).Values(first, into);
    return;
  }
  const uint64_t* const bits = tail_->bits.get() + first;
  if (tail_type_ == ValueType::kFloat32) {
    for (size_t i = 0; i < into.size(); ++i) {
      into[i] = static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits[i])));
    }
    return;
  }
  for (size_t i = 0; i < into.size(); ++i) into[i] = ValueFromBits(tail_type_, bits[i]);
}

}  // namespace fanlight::store
