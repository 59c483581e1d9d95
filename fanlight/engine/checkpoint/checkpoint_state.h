// The file `checkpoint` in a directory of checkpoints: which one is the latest, and which are kept.
//
//   model_checkpoint_path: "model.ckpt-1999"
//   all_model_checkpoint_paths: "model.ckpt-999"
//   all_model_checkpoint_paths: "model.ckpt-1999"
//
// A relative path in it is relative to the file's directory, whatever the working directory is.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"

namespace fanlight::checkpoint {

inline constexpr std::string_view kCheckpointStateFile = "checkpoint";

struct CheckpointState {
  std::string latest;             // model_checkpoint_path.
  std::vector<std::string> all;   // all_model_checkpoint_paths, the oldest first.
  std::vector<double> times_s{};  // When each of `all` was saved; TensorFlow 1 leaves it out.
  std::optional<double> last_preserved_s{};
};

// The state as text, its paths as they are.
std::string FormatCheckpointState(const CheckpointState& state);

// Errors: kCorrupt, for text that is no CheckpointState or that names no latest checkpoint; `where`
// ends the message. The paths are left as they stand in the text.
Result<CheckpointState> ParseCheckpointState(std::string_view text, std::string_view where);

// Replaces the state file of `directory`, atomically. Paths of `state` are as a program names them;
// in the file they are relative to the directory where `directory` is relative or `relative_paths`
// is set, and lie below it.
Status WriteCheckpointState(const std::string& directory, CheckpointState state,
                            bool relative_paths = false,
                            std::string_view file_name = kCheckpointStateFile);

// Reads the state file of `directory`; relative paths come back joined to the directory.
// Errors: kNotFound, when there is none; kCorrupt, as above.
Result<CheckpointState> ReadCheckpointState(const std::string& directory,
                                            std::string_view file_name = kCheckpointStateFile);

// The prefix of the latest checkpoint in `directory`, of which the files exist.
// Errors: kNotFound, when there is no state file, or what it names is gone; kCorrupt.
Result<std::string> LatestCheckpoint(const std::string& directory,
                                     std::string_view file_name = kCheckpointStateFile);

// Whether there is a checkpoint at `prefix`: of version 2, or a file of version 1.
bool CheckpointExists(const std::string& prefix);

}  // namespace fanlight::checkpoint
