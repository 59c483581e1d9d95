// Tells every open page what changed in the store: /api/v1/events.
//
// One thread of the program's waits for commits and writes, at most every 50 ms, one message to each
// stream; pages that stand at the same change number share its text.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "fanlight/base/mutex.h"
#include "fanlight/board/api/board.h"
#include "fanlight/board/http/event_stream.h"

namespace fanlight::api {

class EventHub {
 public:
  // `board` outlives the hub.
  explicit EventHub(const Board& board) : board_(board) {}

  // A new reader. Its first message, the present state, is queued already.
  std::shared_ptr<http::EventStream> Open();

  // Sends what changes until a stop is asked for. Called once, on a thread of its own.
  void Run(std::stop_token stop);

  // Sends each stream what it has not seen yet. Run() does so; tests do it themselves.
  void Publish();

 private:
  struct Reader {
    std::shared_ptr<http::EventStream> stream;
    uint64_t change = 0;  // What it was told last.
  };
  std::string ChangeMessage(const store::Snapshot& snapshot, uint64_t since) const;

  const Board& board_;
  mutable Mutex mutex_;  // Guards what follows.
  std::vector<Reader> readers_ FL_GUARDED_BY(mutex_);
};

}  // namespace fanlight::api
