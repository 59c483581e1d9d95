// How one call of Session::Run goes, where it is not as usual.
//
//   proto::RunMetadata metadata;
//   FL_TRY(session->Run(request, {.timeout_ms = 500, .stop = stop_source.get_token()}));
//   FL_TRY(session->Run(request, {.metadata = &metadata}));  // For FileWriter::AddRunMetadata.
#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>

#include "fanlight/proto/run_metadata.pb.h"

namespace fanlight {

struct RunOptions {
  // The run ends with kCancelled when this time has passed; 0: none. It is looked at between steps
  // and while the run waits for others: a kernel that has begun ends.
  int64_t timeout_ms = 0;
  // The same when a stop is requested.
  std::stop_token stop{};
  // The same while this is true: a signal's handler may set it, as it may not request a stop.
  const std::atomic<bool>* interrupted = nullptr;
  // The run ends with kOutOfRange at the first feed, variable or node, in the order in which nodes
  // run, that has a NaN or an infinity, and the error names it. Every node then runs by itself, as
  // with Session::Options::optimize = false, and slower.
  bool checks_numbers = false;
  // What each node took: begin and end, the shapes and bytes of its outputs. Nodes that run as one
  // are told at the last of them, and its label names them. Set when the run has succeeded.
  proto::RunMetadata* metadata = nullptr;

  bool IsUsual() const {
    return timeout_ms <= 0 && !stop.stop_possible() && interrupted == nullptr && !checks_numbers &&
           metadata == nullptr;
  }
};

}  // namespace fanlight
