#include "fanlight/engine/checkpoint/write_ways.h"

#include <algorithm>

namespace fanlight::checkpoint {
namespace {

// Of the time, at most, goes to trials of the slower way.
constexpr double kTrialShare = 0.04;
constexpr size_t kMaxTurnBlocks = 64;

WriteWay Other(WriteWay way) {
  return way == WriteWay::kPastPageCache ? WriteWay::kThroughPageCache : WriteWay::kPastPageCache;
}

}  // namespace

WriteWays::Turn WriteWays::Next(size_t blocks) const {
  if (only_) return {*only_, blocks};
  const bool tries_other = RateOf(faster_) > 0 && seconds_until_trial_ <= 0;
  if (tries_other) return {Other(faster_), std::min(blocks, kTrialBlocks)};
  return {faster_, std::min(blocks, turn_blocks_)};
}

void WriteWays::Took(Turn turn, double seconds) {
  if (only_) return;
  blocks_per_second_[static_cast<size_t>(turn.way)] =
      static_cast<double>(turn.blocks) / std::max(seconds, 1e-9);
  seconds_until_trial_ -= seconds;
  const bool was_trial = turn.way != faster_;
  const bool changes = RateOf(Other(faster_)) > RateOf(faster_);
  if (changes) faster_ = Other(faster_);
  // What has just won may have had a lucky moment, such as the last free pages.
  turn_blocks_ = changes ? kTrialBlocks : std::min(turn_blocks_ * 2, kMaxTurnBlocks);
  if (was_trial || changes) {
    seconds_until_trial_ = static_cast<double>(kTrialBlocks) / RateOf(Other(faster_)) / kTrialShare;
  }
}

}  // namespace fanlight::checkpoint
