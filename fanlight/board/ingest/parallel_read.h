// Reads a large file on all workers that have nothing else to do: chunks are decoded ahead, and taken in order by the one
// who owns the run. chunk_decoder.h says what a chunk is, and why the order is the file's.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "fanlight/board/ingest/event_sink.h"
#include "fanlight/board/ingest/log_source.h"

namespace fanlight::ingest {

// Workers that may have nothing else to do. Thread-safe.
class SpareWorkers {
 public:
  virtual ~SpareWorkers() = default;
  virtual bool AreThere() const = 0;
  // Has it done by one of them, when there is one.
  virtual void Offer(std::function<void()> work) = 0;
};

class ParallelRead {
 public:
  struct Stretch {
    uint64_t begin = 0;  // A record begins here.
    uint64_t end = 0;    // Bytes that are in the file.
    bool verify_payload_crc = true;
  };
  using Failed = std::function<void(const Record& record, const Error& error)>;

  // All outlive this.
  ParallelRead(LogSource& source, const LogFile& file, SpareWorkers& workers);
  ~ParallelRead();

  // Takes the records of the stretch into `sink`, in order, and returns where the first stands that was not taken: that is
  // the stretch's end or a little behind it, or else a place that a RecordReader has to look at, as it does at damage.
  uint64_t Run(const Stretch& stretch, EventSink& sink, const Failed& failed);

  // Chunks of this size are in the second cache of a core while they are decoded.
  static constexpr uint64_t kChunkBytes = uint64_t{1} << 20;

 private:
  struct Chunk;
  // Makes sure that the chunk is decoded, and uses the time while someone else is at it.
  void Finish(Chunk& chunk);

  LogSource& source_;
  const LogFile& file_;
  SpareWorkers& workers_;
  std::deque<std::shared_ptr<Chunk>> ahead_;
  std::vector<std::unique_ptr<DecodedChunk>> spare_;  // Their memory is used again.
};

}  // namespace fanlight::ingest
