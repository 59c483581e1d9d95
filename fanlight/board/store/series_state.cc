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
  const std::vector<Generation>& generations = *series.generations;
  for (size_t p = 0; p < points.parts(); ++p) {
    const ScalarPoints::Part part = points.part(p);
    const uint64_t part_end = part.first_index + part.points;
    for (size_t g = GenerationOf(series.generations, part.first_index); g < generations.size();
         ++g) {
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

// Checks what came from an index: checksums, and that the blocks are those the index tells of.
bool AreBlocksIntact(const SeriesState& series) {
  for (const auto& page : series.blocks) {
    for (const BlockInfo& block : page->items) {
      if (!IsIntactBlock({block.data, block.bytes}) ||
          ScalarBlock(block.data).points() != block.points) {
        return false;
      }
    }
  }
  uint64_t refs = 0;
  for (const std::byte* page : series.blob_pages) {
    // Each is full but the last, which holds the rest.
    const uint64_t left = series.points - refs;
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(left, kBlobPageRefs));
    if (!IsIntactBlobPage({page, BlobPageBytes(count)})) return false;
    refs += count;
  }
  return true;
}

}  // namespace

bool IsSound(const SeriesState& series) {
  // Two readers may both look; they find the same.
  Trust trust = series.trust.load(std::memory_order_acquire);
  if (trust == Trust::kUnchecked) {
    trust = AreBlocksIntact(series) ? Trust::kSound : Trust::kBroken;
    series.trust.store(trust, std::memory_order_release);
    if (trust == Trust::kBroken) series.file->TellBroken(series.run);
  }
  return trust == Trust::kSound;
}

Tail::Tail(uint32_t capacity_points)
    : capacity(capacity_points),
      steps(std::make_unique_for_overwrite<int64_t[]>(capacity_points)),
      walls(std::make_unique_for_overwrite<double[]>(capacity_points)),
      bits(std::make_unique_for_overwrite<uint64_t[]>(capacity_points)) {}

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
  if (series.points == 0 || !IsSound(series)) return {};
  switch (generations) {
    case Generations::kTensorBoardFast:
      return StrictlyRising(series);
    case Generations::kCurrent:
    case Generations::kTensorBoardSlow:
      if (series.generations != nullptr) {
        return BelowLimits(series, generations == Generations::kTensorBoardSlow);
      }
      break;
    case Generations::kAll:
      break;
  }
  return {{0, series.points}};
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
  if (series.generations == nullptr) return;
  size_t kept = 0;
  for (size_t i = 0; i < blobs.size(); ++i) {
    const Generation& generation = (*series.generations)[GenerationOf(series.generations, i)];
    const int64_t limit =
        generations == Generations::kCurrent ? generation.limit : generation.slow_limit;
    if (limit == Generation::kNoLimit || blobs[i].step < limit) blobs[kept++] = blobs[i];
  }
  blobs.resize(kept);
}

size_t ScalarPoints::parts() const {
  const size_t pages = series_.blocks.size();
  const size_t blocks =
      pages == 0 ? 0 : (pages - 1) * BlockPage::kItems + series_.blocks.back()->items.size();
  return blocks + (series_.tail_points > 0 ? 1 : 0);
}

ScalarPoints::Part ScalarPoints::part(size_t index) const {
  const size_t page = index / BlockPage::kItems;
  if (page < series_.blocks.size() &&
      index % BlockPage::kItems < series_.blocks[page]->items.size()) {
    const BlockInfo& block = series_.blocks[page]->items[index % BlockPage::kItems];
    return {.first_index = block.first_index, .points = block.points, .block = &block};
  }
  return {.first_index = series_.points - series_.tail_points,
          .points = series_.tail_points,
          .block = nullptr};
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
    std::copy_n(series_.tail->steps.get() + first, into.size(), into.begin());
  }
}

void ScalarPoints::WallTimes(const Part& part, uint32_t first, std::span<double> into) const {
  if (part.block != nullptr) {
    ScalarBlock(part.block->data).WallTimes(first, into);
  } else {
    std::copy_n(series_.tail->walls.get() + first, into.size(), into.begin());
  }
}

void ScalarPoints::Values(const Part& part, uint32_t first, std::span<double> into) const {
  if (part.block != nullptr) {
    ScalarBlock(part.block->data).Values(first, into);
    return;
  }
  const uint64_t* const bits = series_.tail->bits.get() + first;
  if (series_.tail_type == ValueType::kFloat32) {
    for (size_t i = 0; i < into.size(); ++i) {
      into[i] = static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits[i])));
    }
    return;
  }
  for (size_t i = 0; i < into.size(); ++i) into[i] = ValueFromBits(series_.tail_type, bits[i]);
}

}  // namespace fanlight::store
