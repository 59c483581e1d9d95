// All runs, tags and points that were read, while loaders go on adding to them.
//
//   auto store = *Store::Create({});
//   RunWriter& writer = store->AddRun("train");          // ingest: one writer per run, one thread
//   each …                                                    // run_writer.h Snapshot now =
//   store->TakeSnapshot();                // anyone, any time store->WaitForChange(now.change(),
//   stop, 1s);
//
// Threads: everything here is thread-safe. Writers work on stages of their own and publish in short
// commits; readers share immutable data and never wait for a writer's work, only for the swap of a
// few pointers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/clock.h"
#include "fanlight/base/result.h"
#include "fanlight/board/store/snapshot.h"

namespace fanlight::store {

class RunWriter;
class StoreImpl;

class Store {
 public:
  struct Options {
    // Encoded blocks live in an unlinked file here, so that they are off the heap and the kernel
    // may drop their pages; unless there is an index, which holds them then.
    std::string scratch_directory = "/var/tmp";
    // Where the index is kept, so that the next start need not read again what this one has read:
    // index.h. Empty: nowhere.
    std::string index_directory{};
    std::string index_subject{};  // The logdir's roots, absolute: what the index is of.
    uint64_t index_max_bytes = uint64_t{10} << 30;  // All logdirs together.
    const Clock* clock = nullptr;  // The machine's clock when null. Must outlive the store.
  };
  static Result<std::unique_ptr<Store>> Create(Options options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Snapshot TakeSnapshot() const;
  // What a snapshot would tell of itself; whoever asks nothing else spares writers their copies.
  Overview Look() const;
  // The number of the newest commit. It only grows.
  uint64_t change() const;
  // Returns the newest change number as soon as it is above `after`, or when the time is over or a
  // stop is asked for.
  uint64_t WaitForChange(uint64_t after, std::stop_token stop,
                         std::chrono::milliseconds timeout) const;

  // --- for ingest ---
  // The writer of the run with these name bytes; the same one when the run was there before. Lives
  // as long as the store.
  RunWriter& AddRun(std::string_view name);
  void SetProgress(LoadState state, uint64_t bytes_read, uint64_t bytes_total);
  // `listener` is told of a run (by its name) whose points, kept by an earlier start, proved damaged
  // when someone asked for them: its files must be read again. Called on any thread; must be quick.
  void SetBrokenRunListener(std::function<void(std::string_view run)> listener);
  // So many series are being written that runs should be read to their ends one after another.
  bool is_crowded() const;
  // Whether what is saved is kept.
  bool keeps_index() const;
  // The runs that the index has, sorted by their bytes, and what the loader of one of them saved with it: empty when the
  // index does not have it, else valid as long as the store.
  std::vector<std::string> SavedRuns() const;
  std::span<const std::byte> SavedLoaderBytes(std::string_view run) const;
  // What was saved so far is on disk when this returns, and so is from now on what each RunWriter
  // saves. `knows_all_runs`: runs that have no writer now are gone, and leave the index.
  void SettleIndex(bool knows_all_runs);
  // Bytes of encoded blocks, wherever they live.
  uint64_t block_bytes() const;

 private:
  explicit Store(std::unique_ptr<StoreImpl> impl);
  std::unique_ptr<StoreImpl> impl_;
};

}  // namespace fanlight::store
