// Saves and restores the variables of a graph, as tf.train.Saver does.
//
//   FL_ASSIGN_OR_RETURN(const auto saver, Saver::Create(graph, {}));   // Adds its nodes.
//   FL_ASSIGN_OR_RETURN(const auto saved, saver->Save(*session, "logs/model.ckpt", {.global_step =
//   999})); FL_TRY(saver->Restore(*session, saved.prefix));                    //
//   "logs/model.ckpt-999"
//
// The nodes that it adds do the same in any session that has CheckpointKernels(), TensorFlow's
// included; the Saver itself takes a shorter way. A kill at any moment leaves each checkpoint that
// was there whole, and `checkpoint` names one that restores. Not thread-safe.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fanlight/base/clock.h"
#include "fanlight/base/result.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/checkpoint_state.h"
#include "fanlight/engine/checkpoint/saver_nodes.h"
#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/session.h"
#include "fanlight/proto/meta_graph.pb.h"

namespace fanlight::checkpoint {

struct SaverOptions {
  // What to save. Empty: all variables of the graph under their own names.
  std::vector<NamedVariable> variables{};
  int max_to_keep = 5;                           // 0: all, and `checkpoint` names only the latest.
  double keep_checkpoint_every_n_hours = 10000;  // Of those that go, one in so many hours stays.
  bool pad_step_number = false;                  // "-00000999".
  bool save_relative_paths = false;              // In `checkpoint`, also for an absolute path.
  std::string name = "save";                     // The scope of its nodes.
  bool sharded = false;                          // A data file for the variables of each device.
  bool reshape = false;  // What has as many elements as the variable is restored in its shape.
  std::string filename = "model";  // Where its nodes save when they are run without a feed.
  bool sync = true;  // Checkpoints survive a power cut, not only the end of the process.
  std::shared_ptr<const Clock> clock{};  // nullptr: the machine's.
};

struct SaveOptions {
  std::optional<int64_t> global_step{};  // Appended to the path: "-999".
  std::string latest_filename = std::string(kCheckpointStateFile);
  bool write_meta_graph = true;  // PREFIX.meta.
  std::string meta_graph_suffix = "meta";
  bool strip_default_attrs = false;  // In PREFIX.meta.
  bool write_state = true;           // `checkpoint`, and removing old checkpoints.
};

struct Saved {
  std::string prefix;
  std::string made_directory;  // The directory, where it had to be made; else empty.
};

class Saver {
 public:
  // Adds nodes to the graph that save and restore; the builder must outlive the Saver.
  // Errors: kInvalidArgument, when there is nothing to save, or two variables have one name; what
  // the builder says.
  static Result<std::unique_ptr<Saver>> Create(GraphBuilder& graph, SaverOptions options);
  // Uses the nodes that are in the graph, such as one read from a MetaGraph. Of the options those
  // count that `def` does not tell.
  // Errors: kNotFound, when nodes that it names are not there; kInvalidArgument, when they are not
  // such as a Saver makes.
  static Result<std::unique_ptr<Saver>> FromDef(GraphBuilder& graph, const proto::SaverDef& def,
                                                SaverOptions options = {});

  // Writes PATH[-STEP].index, .data-*, .meta and the file `checkpoint`, in this order but for
  // .meta, which TensorFlow writes last and we do too. Then the oldest go. A missing directory is
  // made.
  // Errors: kInvalidArgument, for a path or latest_filename that cannot be; kFailedPrecondition,
  // when a variable is not initialised; kIo and kPermissionDenied from the files.
  Result<Saved> Save(Session& session, const std::string& path, const SaveOptions& options = {});

  // The same, but returns when it holds the variables' values, all of one step, and writes them on
  // a thread of its own. A variable that is assigned meanwhile is copied by the session; so that
  // these copies take `max_copy_bytes` at most, what is beyond is written before this returns.
  // A save that is still running is waited for. Errors: of that one, and as Save() where they show
  // at once; FinishSaving() gives the others.
  Status SaveAsync(Session& session, const std::string& path, const SaveOptions& options = {},
                   uint64_t max_copy_bytes = uint64_t{64} << 20);
  // Waits for the last SaveAsync().
  // Errors: kFailedPrecondition, when there is none that has not been waited for.
  Result<Saved> FinishSaving();
  // Waits for a save that is still running; its error is logged.
  ~Saver();

  // Gives the variables their values in the checkpoint: all at once, or on an error none. Large
  // variables that have values are overwritten in place, after all of the checkpoint was verified.
  // Errors: kNotFound, no such checkpoint or no such variable in it; kInvalidArgument, when dtype
  // or shape differ; those of BundleReader::Read().
  Status Restore(Session& session, const std::string& prefix) const;

  const std::vector<SavedTensor>& saved() const { return nodes_.saved; }
  const std::vector<RestoredVariable>& restored() const { return nodes_.restored; }

  // Goes on from a saver that ended: these checkpoints, the oldest first, count as saved by this
  // one, at the time of their files. Those that are gone are left out.
  void RecoverLastCheckpoints(const std::vector<std::string>& prefixes);
  // The same with times in seconds since 1970, whether there are files or not.
  void SetLastCheckpoints(const std::vector<std::pair<std::string, double>>& prefixes_and_times);
  // The checkpoints that this saver keeps track of, the oldest first.
  std::vector<std::string> last_checkpoints() const;

  const proto::SaverDef& def() const { return def_; }

 private:
  struct Kept {
    std::string prefix;
    double time_s;
  };

  Saver(GraphBuilder& graph, SaverOptions options, proto::SaverDef def, SaverNodes nodes);
  Result<std::string> PrefixFor(const std::string& path, const SaveOptions& options) const;
  // Begins a checkpoint with the values of all variables, taken at once; writes the first of them,
  // until what is left takes no more than `max_unwritten_bytes`.
  struct Begun;
  Result<std::unique_ptr<Begun>> Begin(Session& session, const std::string& path,
                                       const SaveOptions& options, uint64_t max_unwritten_bytes);
  Result<std::vector<Tensor>> TakeValues(Session& session) const;
  Status WriteNext(Begun& begun);
  // Writes the rest and publishes it; then state, old checkpoints, meta graph.
  Result<Saved> Finish(Begun& begun);
  // Reads all that is restored; on an error `values` are what they were.
  Status ReadAll(const BundleReader& reader, std::span<Tensor> values) const;
  // Takes `prefix` to the end of the list; returns the checkpoint whose files should go, or "".
  std::string Keep(const std::string& prefix);

  GraphBuilder& graph_;
  const SaverOptions options_;
  const proto::SaverDef def_;
  std::shared_ptr<const Clock> clock_;
  const SaverNodes nodes_;
  std::vector<Kept> kept_;
  double next_preserved_time_s_ = 0;
  std::future<Result<Saved>> running_;  // While it runs, it owns what is above.
};

// Adds the graph of a MetaGraph, and a Saver for it: tf.train.import_meta_graph. nullptr where there
// is nothing to save.
// Errors: those of ImportMetaGraph() and of making a Saver; after any of them graph and collections
// are as they were.
Result<std::unique_ptr<Saver>> ImportWithSaver(GraphBuilder& graph, const proto::MetaGraphDef& meta,
                                               const ImportOptions& options = {});
// The same for a .meta file. Errors: also those of ReadMetaGraphFile().
Result<std::unique_ptr<Saver>> ImportMetaGraphFile(GraphBuilder& graph, const std::string& path);

}  // namespace fanlight::checkpoint
