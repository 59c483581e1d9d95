#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <chrono>

#include "fanlight/engine/checkpoint/bundle_files.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/checkpoint_state.h"
#include "fanlight/engine/checkpoint/meta_graph_file.h"
#include "fanlight/engine/checkpoint/saver.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/train/file_writer.h"
#include "fanlight/proto/parse.h"
#include "python/engine/errors.h"
#include "python/engine/gil.h"
#include "python/engine/graph.h"
#include "python/engine/hooks.h"
#include "python/engine/session.h"
#include "python/engine/tensors.h"
#include "python/engine/train.h"

namespace fanlight::python {
namespace {

using checkpoint::Saver;

template <typename Message>
Message MessageFrom(nb::bytes bytes, const char* kind) {
  Message message;
  if (!ParseMessage({bytes.c_str(), bytes.size()}, message)) {
    RaiseBuilding({ErrorCode::kCorrupt, fmt::format("these bytes are no {}", kind)});
  }
  return message;
}

nb::bytes BytesOf(const google::protobuf::MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  return nb::bytes(bytes.data(), bytes.size());
}

// A value of a dict of settings, which has all of them.
template <typename T>
T Setting(nb::dict settings, const char* name) {
  return nb::cast<T>(settings[name]);
}

checkpoint::SaverOptions OptionsFrom(nb::dict settings) {
  return {
      .max_to_keep = Setting<int>(settings, "max_to_keep"),
      .keep_checkpoint_every_n_hours = Setting<double>(settings, "keep_checkpoint_every_n_hours"),
      .pad_step_number = Setting<bool>(settings, "pad_step_number"),
      .save_relative_paths = Setting<bool>(settings, "save_relative_paths"),
      .name = Setting<std::string>(settings, "name"),
      .sharded = Setting<bool>(settings, "sharded"),
      .reshape = Setting<bool>(settings, "reshape"),
      .filename = Setting<std::string>(settings, "filename")};
}

// The variables are pairs: the parts of a partitioned one have its name together.
std::unique_ptr<Saver> MakeSaver(nb::handle graph, nb::list variables, nb::dict settings) {
  checkpoint::SaverOptions options = OptionsFrom(settings);
  for (nb::handle named : variables) {
    checkpoint::NamedVariable variable = {nb::cast<std::string>(named[0]),
                                          nb::cast<PyVariable&>(named[1]).variable};
    // Under another name it is a slice of that.
    if (variable.variable.slice) variable.variable.slice->full_name = variable.name;
    options.variables.push_back(std::move(variable));
  }
  auto saver = Saver::Create(BuilderOf(graph), std::move(options));
  CheckBuilder(BuilderOf(graph));
  if (!saver) RaiseBuilding(saver.error());
  return *std::move(saver);
}

std::unique_ptr<Saver> SaverFromDef(nb::handle graph, nb::bytes def, nb::dict settings) {
  auto saver = Saver::FromDef(BuilderOf(graph), MessageFrom<proto::SaverDef>(def, "SaverDef"),
                              OptionsFrom(settings));
  if (!saver) RaiseBuilding(saver.error());
  return *std::move(saver);
}

std::string SaveTo(Saver& self, nb::handle session, const std::string& path,
                   std::optional<int64_t> step, nb::dict settings) {
  Session& engine_session = SessionOf(session);
  const checkpoint::SaveOptions options = {
      .global_step = step,
      .latest_filename = Setting<std::string>(settings, "latest_filename"),
      .write_meta_graph = Setting<bool>(settings, "write_meta_graph"),
      .meta_graph_suffix = Setting<std::string>(settings, "meta_graph_suffix"),
      .strip_default_attrs = Setting<bool>(settings, "strip_default_attrs"),
      .write_state = Setting<bool>(settings, "write_state")};
  const auto save = [&] { return self.Save(engine_session, path, options); };
  if (!options.write_meta_graph) return Unwrap(WithoutGil(save)).prefix;
  // While it writes the graph nobody may add to that.
  const Pause pause(session);
  return Unwrap(save()).prefix;
}

void RestoreFrom(const Saver& self, nb::handle session, const std::string& prefix) {
  Session& engine_session = SessionOf(session);
  Unwrap(WithoutGil([&] { return self.Restore(engine_session, prefix); }));
}

// None where there is nothing to save.
std::unique_ptr<Saver> ImportMetaGraphOf(nb::handle graph, nb::bytes meta, const std::string& scope,
                                         nb::dict input_map, bool clear_devices) {
  ImportOptions options{.name_prefix = scope, .clear_devices = clear_devices};
  for (const auto& [key, tensor] : input_map) {
    options.input_map[nb::cast<std::string>(key)] = nb::cast<PyTensor&>(tensor).output;
  }
  auto saver = checkpoint::ImportWithSaver(
      BuilderOf(graph), MessageFrom<proto::MetaGraphDef>(meta, "MetaGraphDef"), options);
  BuilderOf(graph).ClearError();
  if (!saver) RaiseBuilding(saver.error());
  return *std::move(saver);
}

nb::bytes MetaGraphBytes(nb::handle graph, std::optional<nb::bytes> saver_def,
                         std::optional<std::vector<std::string>> collections, bool clear_devices,
                         bool strip_default_attrs) {
  proto::SaverDef def;
  if (saver_def) def = MessageFrom<proto::SaverDef>(*saver_def, "SaverDef");
  return BytesOf(
      checkpoint::MakeMetaGraph(BuilderOf(graph), {.saver = saver_def ? &def : nullptr,
                                                   .collections = std::move(collections),
                                                   .clear_devices = clear_devices,
                                                   .strip_default_attrs = strip_default_attrs}));
}

std::string TextOfMetaGraph(nb::bytes meta) {
  return checkpoint::MetaGraphText(MessageFrom<proto::MetaGraphDef>(meta, "MetaGraphDef"));
}

std::unique_ptr<FileWriter> MakeFileWriter(const std::string& logdir, int max_queue, double flush_s,
                                           const std::string& suffix) {
  FileWriter::Options options;
  options.max_queue_events = static_cast<size_t>(std::max(1, max_queue));
  options.flush_interval = std::chrono::milliseconds(static_cast<int64_t>(flush_s * 1000));
  options.file_suffix = suffix;
  return Unwrap(FileWriter::Create(logdir, options));
}

void AddSessionLogTo(FileWriter& self, int status, int64_t step, const std::string& checkpoint_path,
                     const std::string& message) {
  Unwrap(self.AddSessionLog(static_cast<SessionLogView::Status>(status), step, checkpoint_path,
                            message));
}

// A list of (name, number of the dtype, shape) in the order of names.
nb::list CheckpointEntries(const checkpoint::BundleReader& reader) {
  nb::list list;
  for (const auto& [name, entry] : reader.variables()) {
    nb::list dims;
    for (const int64_t dim : entry.shape.dims()) dims.append(dim);
    list.append(nb::make_tuple(name, static_cast<int>(entry.dtype), dims));
  }
  return list;
}

void DefineCheckpoints(nb::module_& module) {
  nb::class_<Saver>(module, "Saver")
      .def("save", SaveTo, nb::arg(), nb::arg(), nb::arg().none(), nb::arg())
      .def("restore", RestoreFrom)
      .def("def_bytes", [](const Saver& self) { return BytesOf(self.def()); })
      .def("recover_last_checkpoints", &Saver::RecoverLastCheckpoints)
      .def("set_last_checkpoints", &Saver::SetLastCheckpoints)
      .def("last_checkpoints", &Saver::last_checkpoints);
  module.def("make_saver", MakeSaver, nb::keep_alive<0, 1>());
  module.def("saver_from_def", SaverFromDef, nb::keep_alive<0, 1>());
  module.def("import_meta_graph", ImportMetaGraphOf, nb::keep_alive<0, 1>());
  module.def("read_meta_graph", [](const std::string& path) {
    return BytesOf(Unwrap(checkpoint::ReadMetaGraphFile(path)));
  });
  module.def("meta_graph_bytes", MetaGraphBytes, nb::arg(), nb::arg().none(), nb::arg().none(),
             nb::arg(), nb::arg());
  module.def("meta_graph_text", TextOfMetaGraph);
  // (latest, all, their times, when one was last preserved, or None); None without a state file.
  module.def("checkpoint_state",
             [](const std::string& directory, const std::string& file_name) -> nb::object {
               const auto state = checkpoint::ReadCheckpointState(directory, file_name);
               if (state) {
                 return nb::make_tuple(state->latest, state->all, state->times_s,
                                       state->last_preserved_s);
               }
               if (state.error().code != ErrorCode::kNotFound) Raise(state.error());
               return nb::none();
             });
  module.def(
      "write_checkpoint_state",
      [](const std::string& directory, const std::string& file_name, const std::string& latest,
         const std::vector<std::string>& all, const std::vector<double>& times_s,
         std::optional<double> last_preserved_s, bool relative_paths) {
        Unwrap(checkpoint::WriteCheckpointState(directory,
                                                {.latest = latest,
                                                 .all = all,
                                                 .times_s = times_s,
                                                 .last_preserved_s = last_preserved_s},
                                                relative_paths, file_name));
      },
      nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg().none(), nb::arg());
  module.def("remove_checkpoint", [](const std::string& prefix, const std::string& meta_suffix) {
    Unwrap(checkpoint::RemoveBundle(prefix, meta_suffix));
  });
  module.def("checkpoint_exists",
             [](const std::string& prefix) { return checkpoint::CheckpointExists(prefix); });
  nb::class_<checkpoint::BundleReader>(module, "CheckpointReader")
      .def("entries", CheckpointEntries)
      .def("get_tensor", [](const checkpoint::BundleReader& self, const std::string& name) {
        return TensorToPython(Unwrap(self.Read(name)));
      });
  module.def("open_checkpoint", [](const std::string& prefix) {
    return Unwrap(checkpoint::BundleReader::Open(prefix));
  });
}

}  // namespace

void DefineFiles(nb::module_& module) {
  DefineCheckpoints(module);
  nb::class_<FileWriter>(module, "FileWriter")
      .def("add_summary",
           [](FileWriter& self, nb::bytes summary, int64_t step) {
             const std::string_view bytes(summary.c_str(), summary.size());
             // It waits when the queue is full.
             Unwrap(WithoutGil([&] { return self.AddSummary(bytes, step); }));
           })
      .def("add_graph",
           [](FileWriter& self, nb::handle graph) { Unwrap(self.AddGraph(BuilderOf(graph))); })
      .def("add_session_log", AddSessionLogTo)
      .def("add_run_metadata",
           [](FileWriter& self, const std::string& tag, nb::bytes metadata, int64_t step) {
             Unwrap(self.AddRunMetadata(tag, {metadata.c_str(), metadata.size()}, step));
           })
      .def("flush", [](FileWriter& self) { Unwrap(WithoutGil([&] { return self.Flush(); })); })
      .def("close", [](FileWriter& self) { Unwrap(WithoutGil([&] { return self.Close(); })); })
      .def_prop_ro("path", &FileWriter::path);
  module.def("make_file_writer", MakeFileWriter);
  // Lets an object live to the end of the process.
  module.def("keep", [](nb::object object) { object.release(); });
}

}  // namespace fanlight::python
