// The files of a bundle on disk, and how a new bundle takes the place of an old one so that a kill
// at any moment leaves one of the two whole.
//
// At a new prefix the data files get their names first and the index last: without its index a
// bundle does not exist. At a prefix that has a bundle already, no order of renames is enough, for
// an index with the other's data is neither. So the new files first stand beside the old ones:
//
//   PREFIX.data-00000-of-00001.pending   complete and on the device, but not yet named to anyone
//   PREFIX.index.pending                 its rename to this name is the moment of the change
//
// and are then renamed to their final names, data first. Who finds PREFIX.index.pending reads the
// new bundle: each data file from its pending name while it has that. The next save finishes the
// renames. An index.pending older than the index is left over from before someone else saved there,
// and means nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "fanlight/base/result.h"

namespace fanlight::checkpoint {

struct BundleFiles {
  std::string prefix;
  bool is_pending = false;  // A change was cut short after its moment.

  std::string IndexFile() const;
  // The data file of a shard under the name that it has now.
  std::string DataFile(int32_t shard, int32_t num_shards) const;
};

// Where the bundle at `prefix` is.
BundleFiles LocateBundle(const std::string& prefix);

// Whether there is an index at `prefix`.
bool BundleExists(const std::string& prefix);

// Makes staged files, whole and synced, the bundle at `prefix`; `staged_data` are its shards in
// order. With `sync` the directory is synced before each step that counts on the one before. The
// staged files have their final names afterwards; after an error the caller removes what is left.
Status PublishBundle(const std::string& prefix, std::span<const std::string> staged_data,
                     const std::string& staged_index, bool sync);

// Removes the bundle at `prefix`, its index first, what savers abandoned there, and
// PREFIX.META_SUFFIX.
// What is not there is no error.
Status RemoveBundle(const std::string& prefix, std::string_view meta_suffix = "meta");

// A name beside `path` for a file under construction, unique to this process. The file should be
// made by CreateStaged().
std::string StagedName(const std::string& path);

// Removes files under construction that begin with `prefix` and whose makers are gone, such as
// those of a killed process.
void RemoveAbandonedStagedFiles(const std::string& prefix);

// Removes the parts of a checkpoint at `prefix` that a saver of several data files, ours or
// TensorFlow's, wrote to PREFIX_temp/part-… and did not live to merge. Who saves at the prefix or
// removes what is there may take them for abandoned.
void RemoveAbandonedParts(const std::string& prefix);

}  // namespace fanlight::checkpoint
