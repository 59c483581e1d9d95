// Where the index of a logdir is kept, by --index.
#pragma once

#include <string>
#include <vector>

#include "fanlight/board/ingest/logdir_spec.h"
#include "fanlight/board/store/store.h"

namespace fanlight::app {

// `usual` is the directory that "auto" means; empty when there is none. It is not used when it lies in the
// logdir, where nothing is ever written unasked: then, as for "off", there is no index.
store::Store::Options StoreOptions(const std::string& index, const std::string& usual,
                                   const std::vector<ingest::LogRoot>& roots);

}  // namespace fanlight::app
