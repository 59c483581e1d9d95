#include "fanlight/board/store/facts.h"

#include <algorithm>

namespace fanlight::store {

RunStatus RunFacts::StatusAt(double now_s) const {
  if (session == SessionState::kStopped) return RunStatus::kFinished;
  const double patience_s = std::max(60.0, 10.0 * flush_interval_s);
  return now_s - last_growth_s <= patience_s ? RunStatus::kLive : RunStatus::kStalled;
}

}  // namespace fanlight::store
