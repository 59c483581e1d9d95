#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <chrono>

#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/checkpoint_state.h"
#include "fanlight/engine/checkpoint/saver.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/train/file_writer.h"
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

struct SaverArguments {
  int max_to_keep;
  double keep_every_n_hours;
  bool pads_step_number;
  bool relative_paths;
  bool sharded;
  std::string name;
};

std::unique_ptr<Saver> MakeSaver(nb::handle graph, nb::dict variables,
                                 const SaverArguments& arguments) {
  std::vector<checkpoint::NamedVariable> named;
  for (const auto& [name, variable] : variables) {
    named.push_back({nb::cast<std::string>(name), nb::cast<PyVariable&>(variable).variable});
  }
  auto saver = Saver::Create(BuilderOf(graph),
                             {.variables = std::move(named),
                              .max_to_keep = arguments.max_to_keep,
                              .keep_checkpoint_every_n_hours = arguments.keep_every_n_hours,
                              .pad_step_number = arguments.pads_step_number,
                              .save_relative_paths = arguments.relative_paths,
                              .name = arguments.name,
                              .sharded = arguments.sharded});
  CheckBuilder(BuilderOf(graph));
  if (!saver) RaiseBuilding(saver.error());
  return *std::move(saver);
}

std::string SaveTo(Saver& self, nb::handle session, const std::string& path,
                   std::optional<int64_t> step, const std::string& latest_filename,
                   bool write_meta_graph, bool write_state) {
  Session& engine_session = SessionOf(session);
  const auto save = [&] {
    return self.Save(engine_session, path,
                     {.global_step = step,
                      .latest_filename = latest_filename,
                      .write_meta_graph = write_meta_graph,
                      .write_state = write_state});
  };
  // While it writes the graph nobody may add to that.
  return Unwrap(write_meta_graph ? save() : WithoutGil(save)).prefix;
}

void RestoreFrom(const Saver& self, nb::handle session, const std::string& prefix) {
  Session& engine_session = SessionOf(session);
  Unwrap(WithoutGil([&] { return self.Restore(engine_session, prefix); }));
}

std::unique_ptr<Saver> ImportMetaGraphOf(nb::handle graph, const std::string& path) {
  auto saver = checkpoint::ImportMetaGraphFile(BuilderOf(graph), path);
  BuilderOf(graph).ClearError();
  return Unwrap(std::move(saver));
}

nb::bytes MetaGraphBytes(nb::handle graph, const Saver* saver) {
  const std::string bytes =
      ExportMetaGraph(BuilderOf(graph), saver == nullptr ? nullptr : &saver->def())
          .SerializeAsString();
  return nb::bytes(bytes.data(), bytes.size());
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
      .def("save", SaveTo, nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg())
      .def("restore", RestoreFrom)
      .def("recover_last_checkpoints", &Saver::RecoverLastCheckpoints)
      .def("last_checkpoints", &Saver::last_checkpoints);
  module.def(
      "make_saver",
      [](nb::handle graph, nb::dict variables, int max_to_keep, double keep_every_n_hours,
         bool pads_step_number, bool relative_paths, bool sharded, const std::string& name) {
        return MakeSaver(
            graph, variables,
            {max_to_keep, keep_every_n_hours, pads_step_number, relative_paths, sharded, name});
      },
      nb::keep_alive<0, 1>());
  module.def("import_meta_graph", ImportMetaGraphOf, nb::keep_alive<0, 1>());
  module.def("meta_graph_bytes", MetaGraphBytes, nb::arg(), nb::arg().none());
  module.def("latest_checkpoint",
             [](const std::string& directory, const std::string& file_name) -> nb::object {
               const auto latest = checkpoint::LatestCheckpoint(directory, file_name);
               if (latest) return nb::cast(*latest);
               if (latest.error().code != ErrorCode::kNotFound) Raise(latest.error());
               return nb::none();
             });
  module.def("checkpoint_state",
             [](const std::string& directory, const std::string& file_name) -> nb::object {
               const auto state = checkpoint::ReadCheckpointState(directory, file_name);
               if (state) return nb::make_tuple(state->latest, state->all);
               if (state.error().code != ErrorCode::kNotFound) Raise(state.error());
               return nb::none();
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
