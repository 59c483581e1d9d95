#include "fanlight/board/ingest/parallel_read.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

namespace fanlight::ingest {
namespace {

// Chunks that are decoded or wait to be taken; each holds its bytes and about as much of points.
constexpr size_t kChunksAhead = 4;

}  // namespace

// Decoded by whoever claims it first: a worker it was offered to, or the owner once it needs it.
struct ParallelRead::Chunk {
  Chunk(LogSource& from, const LogFile& of, std::unique_ptr<DecodedChunk> into)
      : source(from), file(of), decoded(std::move(into)) {}

  // True when it was this call that decoded it.
  bool DecodeIfFree() {
    if (is_claimed.exchange(true)) return false;
    Status result;
    if (const auto opened = source.Open(file)) {
      result = decoded->Decode(**opened, begin, end, is_begin_known, verify_payload_crc, shapes);
    } else {
      result = tl::unexpected(opened.error());
    }
    const std::lock_guard lock(mutex);
    status = std::move(result);
    is_done = true;
    done.notify_all();
    return true;
  }
  void Wait() {
    std::unique_lock lock(mutex);
    done.wait(lock, [this] { return is_done; });
  }

  LogSource& source;
  const LogFile& file;
  uint64_t begin = 0;
  uint64_t end = 0;
  bool is_begin_known = false;
  bool verify_payload_crc = true;
  std::shared_ptr<const ScalarShapes> shapes;
  std::atomic<bool> is_claimed{false};
  std::unique_ptr<DecodedChunk> decoded;  // Of the one who claimed it, until it is done.
  std::mutex mutex;                       // Guards what follows.
  std::condition_variable done;
  Status status;
  bool is_done = false;
};

ParallelRead::ParallelRead(LogSource& source, const LogFile& file, SpareWorkers& workers)
    : source_(source), file_(file), workers_(workers) {}

ParallelRead::~ParallelRead() = default;

void ParallelRead::Finish(Chunk& chunk) {
  if (chunk.DecodeIfFree()) return;
  for (const auto& later : ahead_) {
    if (later->DecodeIfFree()) break;
  }
  chunk.Wait();
}

uint64_t ParallelRead::Run(const Stretch& stretch, EventSink& sink, const Failed& failed) {
  const std::shared_ptr<const ScalarShapes> shapes = sink.Shapes();
  uint64_t next = stretch.begin;
  uint64_t position = stretch.begin;
  while (position < stretch.end) {
    while (ahead_.size() < kChunksAhead && next < stretch.end) {
      if (spare_.empty()) spare_.push_back(std::make_unique<DecodedChunk>());
      const auto chunk = std::make_shared<Chunk>(source_, file_, std::move(spare_.back()));
      spare_.pop_back();
      chunk->begin = next;
      chunk->end = std::min(next + kChunkBytes, stretch.end);
      chunk->is_begin_known = next == stretch.begin;
      chunk->verify_payload_crc = stretch.verify_payload_crc;
      chunk->shapes = shapes;
      next = chunk->end;
      ahead_.push_back(chunk);
      // The first is the owner's own.
      if (ahead_.size() > 1) workers_.Offer([chunk] { chunk->DecodeIfFree(); });
    }
    if (ahead_.empty()) break;
    const std::shared_ptr<Chunk> chunk = std::move(ahead_.front());
    ahead_.pop_front();
    Finish(*chunk);
    // Damage, a record longer than a chunk, a payload that looks like records: all of that is for one who reads on from
    // here, byte by byte.
    const DecodedChunk& decoded = *chunk->decoded;
    if (!chunk->status || decoded.first() != position || decoded.last() == position) break;
    position = sink.TakeDecoded(decoded, failed);
    spare_.push_back(std::move(chunk->decoded));
    if (position < chunk->end) break;
  }
  // What nobody has begun, nobody will; what somebody has begun is waited for, because it uses the file.
  for (const auto& chunk : ahead_) {
    if (chunk->is_claimed.exchange(true)) chunk->Wait();
    spare_.push_back(std::move(chunk->decoded));
  }
  ahead_.clear();
  return position;
}

}  // namespace fanlight::ingest
