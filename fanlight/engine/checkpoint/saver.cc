#include "fanlight/engine/checkpoint/saver.h"

#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <set>

#include "fanlight/base/file.h"
#include "fanlight/base/log.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/bundle_files.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/bundle_writer.h"
#include "fanlight/engine/checkpoint/meta_graph_file.h"
#include "fanlight/engine/graph/plan.h"

namespace fanlight::checkpoint {
namespace {

constexpr double kSecondsPerHour = 3600;
// What Restore() may take for variables' values beside those that they have.
constexpr uint64_t kMaxKeptBytes = uint64_t{32} << 20;

std::optional<double> ModificationTimeS(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return static_cast<double>(info.st_mtim.tv_sec) +
         1e-9 * static_cast<double>(info.st_mtim.tv_nsec);
}

std::vector<NamedVariable> ByTheirNames(const std::vector<Variable>& variables) {
  std::vector<NamedVariable> named;
  for (const Variable& variable : variables) {
    named.push_back({variable.slice ? variable.slice->full_name : variable.name(), variable});
  }
  return named;
}

// In the order of names. Errors: kInvalidArgument, when they cannot be saved together.
Status SortByName(std::vector<NamedVariable>& variables) {
  if (variables.empty()) return Fail(ErrorCode::kInvalidArgument, "No variables to save");
  std::ranges::stable_sort(variables, {}, &NamedVariable::name);
  for (size_t i = 0; i + 1 < variables.size(); ++i) {
    // The parts of a partitioned variable have its name together.
    const auto is_part = [&](const NamedVariable& named) {
      return named.variable.slice && named.variable.slice->full_name == named.name;
    };
    if (variables[i].name == variables[i + 1].name &&
        !(is_part(variables[i]) && is_part(variables[i + 1]))) {
      return Fail(ErrorCode::kInvalidArgument, "two variables to save are called {}",
                  Quoted(variables[i].name));
    }
  }
  std::set<const Node*> nodes_seen;
  for (const NamedVariable& named : variables) {
    if (nodes_seen.insert(named.variable.ref.node).second) continue;
    return Fail(ErrorCode::kInvalidArgument, "a variable is to be saved under two names, one is {}",
                Quoted(named.name));
  }
  return {};
}

proto::SaverDef Below(const std::string& scope, proto::SaverDef def) {
  if (scope.empty()) return def;
  for (std::string* const name : {def.mutable_filename_tensor_name(),
                                  def.mutable_save_tensor_name(), def.mutable_restore_op_name()}) {
    *name = scope + "/" + *name;
  }
  return def;
}

}  // namespace

Result<std::unique_ptr<Saver>> Saver::Create(GraphBuilder& graph, SaverOptions options) {
  std::vector<NamedVariable> variables = options.variables;
  if (variables.empty()) variables = ByTheirNames(graph.collections().variables());
  FL_TRY(SortByName(variables));
  proto::SaverDef def = AddSaverNodes(graph, std::move(variables),
                                      {.name = options.name,
                                       .filename = options.filename,
                                       .is_sharded = options.sharded,
                                       .reshapes = options.reshape});
  FL_TRY(graph.status());
  def.set_max_to_keep(options.max_to_keep);
  def.set_keep_checkpoint_every_n_hours(static_cast<float>(options.keep_checkpoint_every_n_hours));
  FL_ASSIGN_OR_RETURN(SaverNodes nodes, ResolveSaverNodes(*graph.graph(), def));
  return std::unique_ptr<Saver>(
      new Saver(graph, std::move(options), std::move(def), std::move(nodes)));
}

Result<std::unique_ptr<Saver>> Saver::FromDef(GraphBuilder& graph, const proto::SaverDef& def,
                                              SaverOptions options) {
  options.max_to_keep = def.max_to_keep();
  options.keep_checkpoint_every_n_hours = static_cast<double>(def.keep_checkpoint_every_n_hours());
  FL_ASSIGN_OR_RETURN(SaverNodes nodes, ResolveSaverNodes(*graph.graph(), def));
  return std::unique_ptr<Saver>(new Saver(graph, std::move(options), def, std::move(nodes)));
}

Saver::Saver(GraphBuilder& graph, SaverOptions options, proto::SaverDef def, SaverNodes nodes)
    : graph_(graph),
      options_(std::move(options)),
      def_(std::move(def)),
      clock_(options_.clock),
      nodes_(std::move(nodes)) {
  if (clock_ == nullptr) clock_ = std::make_shared<const SystemClock>();
  next_preserved_time_s_ =
      clock_->WallTimeS() + options_.keep_checkpoint_every_n_hours * kSecondsPerHour;
}

Result<std::string> Saver::PrefixFor(const std::string& path, const SaveOptions& options) const {
  if (options.latest_filename.find('/') != std::string::npos || options.latest_filename.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "latest_filename must be a name without directories: {}",
                Quoted(options.latest_filename));
  }
  if (path.empty() || path.ends_with('/')) {
    return Fail(ErrorCode::kInvalidArgument, "no file name in the path to save to: {}",
                Quoted(path));
  }
  if (options.global_step) {
    return options_.pad_step_number ? fmt::format("{}-{:08d}", path, *options.global_step)
                                    : fmt::format("{}-{}", path, *options.global_step);
  }
  if (BaseNameOf(path) == options.latest_filename) {
    return Fail(ErrorCode::kInvalidArgument,
                "latest_filename collides with the path to save to: {}", Quoted(path));
  }
  return path;
}

std::string Saver::Keep(const std::string& prefix) {
  if (options_.max_to_keep <= 0) return "";
  std::erase_if(kept_, [&](const Kept& kept) { return kept.prefix == prefix; });
  kept_.push_back({prefix, clock_->WallTimeS()});
  if (kept_.size() <= static_cast<size_t>(options_.max_to_keep)) return "";
  const Kept oldest = kept_.front();
  kept_.erase(kept_.begin());
  if (oldest.time_s > next_preserved_time_s_) {
    next_preserved_time_s_ += options_.keep_checkpoint_every_n_hours * kSecondsPerHour;
    return "";
  }
  return oldest.prefix;
}

// A checkpoint under way.
struct Saver::Begun {
  SaveOptions options;
  Saved saved;
  std::unique_ptr<BundleWriter> writer;
  std::vector<Tensor> values;  // Of the sources, in their order; those that are written are let go.
  size_t num_written = 0;
  std::string meta_graph;
};

namespace {

uint64_t BytesOf(const Tensor& tensor) {
  if (tensor.dtype() != DType::kString) return tensor.num_bytes();
  uint64_t bytes = 0;
  for (const std::string& text : tensor.flat<std::string>()) bytes += text.size();
  return bytes;
}

// Whether the checkpoint has this tensor, with the variable's dtype and shape.
Status CheckFits(const RestoredVariable& target, const BundleReader& reader) {
  const BundleReader::Variable* stored = reader.Find(target.name);
  if (stored == nullptr) {
    return Fail(ErrorCode::kNotFound, "Key {} not found in checkpoint {}", target.name,
                Quoted(reader.prefix()));
  }
  const Node* const variable = VariableNodeOf(target.variable);
  const auto dtype = variable->attr<DType>("dtype");
  const auto shape = variable->attr<PartialShape>("shape");
  const Shape& stored_shape = target.slice ? target.slice->part : stored->entry.shape;
  const bool slice_fits = !target.slice || target.slice->full == stored->entry.shape;
  const bool shape_fits = target.shape ? target.shape->num_elements() == stored_shape.num_elements()
                                       : shape.IsCompatibleWith(stored_shape);
  if (stored->entry.dtype != dtype || !slice_fits || !shape_fits) {
    return Fail(ErrorCode::kInvalidArgument,
                "variable {} does not fit: got {}{}, want {}{}, in checkpoint {}",
                Quoted(target.name), DTypeName(stored->entry.dtype), ToString(stored->entry.shape),
                DTypeName(dtype), target.slice ? ToString(target.slice->full) : ToString(shape),
                Quoted(reader.prefix()));
  }
  return {};
}

}  // namespace

Saver::~Saver() {
  if (!running_.valid()) return;
  if (const Result<Saved> saved = running_.get(); !saved) {
    LogError("a checkpoint could not be saved: {}", saved.error().message);
  }
}

Result<Saved> Saver::Save(Session& session, const std::string& path, const SaveOptions& options) {
  if (running_.valid()) FL_TRY(FinishSaving());
  FL_ASSIGN_OR_RETURN(const auto begun,
                      Begin(session, path, options, std::numeric_limits<uint64_t>::max()));
  return Finish(*begun);
}

Status Saver::SaveAsync(Session& session, const std::string& path, const SaveOptions& options,
                        uint64_t max_copy_bytes) {
  if (running_.valid()) FL_TRY(FinishSaving());
  FL_ASSIGN_OR_RETURN(auto begun, Begin(session, path, options, max_copy_bytes));
  running_ = std::async(std::launch::async,
                        [this, begun = std::move(begun)]() mutable { return Finish(*begun); });
  return {};
}

Result<Saved> Saver::FinishSaving() {
  if (!running_.valid()) {
    return Fail(ErrorCode::kFailedPrecondition, "no save is running that could be waited for");
  }
  return running_.get();
}

Result<std::unique_ptr<Saver::Begun>> Saver::Begin(Session& session, const std::string& path,
                                                   const SaveOptions& options,
                                                   uint64_t max_unwritten_bytes) {
  auto begun = std::make_unique<Begun>();
  begun->options = options;
  FL_ASSIGN_OR_RETURN(begun->saved.prefix, PrefixFor(path, options));
  if (options.write_meta_graph &&
      !MakeMetaGraph(graph_, {.saver = &def_, .strip_default_attrs = options.strip_default_attrs})
           .SerializeToString(&begun->meta_graph)) {
    return Fail(ErrorCode::kTooLarge, "the graph is too large for a MetaGraph file, over 2 GiB");
  }
  FL_ASSIGN_OR_RETURN(begun->values, TakeValues(session));

  const std::string directory = DirectoryOf(begun->saved.prefix);
  FL_ASSIGN_OR_RETURN(const bool made, MakeDirectories(directory));
  if (made) begun->saved.made_directory = directory;
  RemoveAbandonedStagedFiles(JoinPath(directory, options.latest_filename));
  FL_ASSIGN_OR_RETURN(begun->writer,
                      BundleWriter::Create(begun->saved.prefix, {.sync = options_.sync,
                                                                 .num_shards = nodes_.num_shards}));
  uint64_t unwritten_bytes = 0;
  for (const Tensor& value : begun->values) unwritten_bytes += BytesOf(value);
  while (unwritten_bytes > max_unwritten_bytes) {
    unwritten_bytes -= BytesOf(begun->values[begun->num_written]);
    FL_TRY(WriteNext(*begun));
  }
  return begun;
}

// At once, so that the values are those of one step, whatever other threads train. Of variables they
// are handles; one that is assigned while we hold its value is copied by who assigns it.
Result<std::vector<Tensor>> Saver::TakeValues(Session& session) const {
  std::vector<Output> outputs;
  for (const SavedTensor& source : nodes_.saved) outputs.push_back(source.value);
  std::vector<Tensor> taken;
  const auto take = [&](std::span<Tensor> values) -> Status {
    taken.assign(values.begin(), values.end());
    return {};
  };
  const bool are_variables = std::ranges::all_of(
      outputs, [](const Output& output) { return VariableOfValue(output) != nullptr; });
  if (!are_variables) return session.Run({.fetches = outputs});
  FL_TRY(session.EditVariables(outputs, take));
  for (size_t i = 0; i < taken.size(); ++i) {
    if (taken[i].is_valid()) continue;
    return Fail(ErrorCode::kFailedPrecondition, "variable {} is not initialised",
                Describe(*VariableOfValue(outputs[i])));
  }
  return taken;
}

Status Saver::WriteNext(Begun& begun) {
  const SavedTensor& source = nodes_.saved[begun.num_written];
  const Tensor value = std::move(begun.values[begun.num_written++]);
  begun.writer->UseShard(source.shard);
  return source.slice ? begun.writer->AddSlice(source.name, *source.slice, value)
                      : begun.writer->Add(source.name, value);
}

Result<Saved> Saver::Finish(Begun& begun) {
  while (begun.num_written < nodes_.saved.size()) FL_TRY(WriteNext(begun));
  FL_TRY(begun.writer->Finish());
  const std::string& prefix = begun.saved.prefix;
  // Before `checkpoint` names it, so that the latest checkpoint always has its graph.
  if (begun.options.write_meta_graph) {
    FL_TRY(WriteFileAtomically(fmt::format("{}.{}", prefix, begun.options.meta_graph_suffix),
                               begun.meta_graph));
  }
  if (begun.options.write_state) {
    const std::string goes = Keep(prefix);
    CheckpointState state{.latest = prefix, .all = last_checkpoints()};
    if (state.all.empty()) state.all.push_back(prefix);
    FL_TRY(WriteCheckpointState(DirectoryOf(prefix), std::move(state), options_.save_relative_paths,
                                begun.options.latest_filename));
    if (!goes.empty()) FL_TRY(RemoveBundle(goes, begun.options.meta_graph_suffix));
  }
  return begun.saved;
}

Status Saver::Restore(Session& session, const std::string& prefix) const {
  FL_ASSIGN_OR_RETURN(const auto reader, BundleReader::Open(prefix));
  std::vector<Output> variables;
  for (const RestoredVariable& target : nodes_.restored) {
    FL_TRY(CheckFits(target, *reader));
    variables.push_back(target.variable);
  }
  return session.EditVariables(variables,
                               [&](std::span<Tensor> values) { return ReadAll(*reader, values); });
}

Status Saver::ReadAll(const BundleReader& reader, std::span<Tensor> values) const {
  // Nothing may change before all is known to be whole. Values that are there already take memory
  // until then beside the new ones; beyond a limit they are overwritten instead, after a first
  // reading that keeps nothing.
  std::vector<bool> is_overwritten(values.size(), false);
  uint64_t kept_bytes = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const RestoredVariable& target = nodes_.restored[i];
    if (!values[i].is_valid() || target.slice || target.shape) continue;
    kept_bytes += values[i].num_bytes();
    is_overwritten[i] = kept_bytes > kMaxKeptBytes && !values[i].is_shared();
  }
  std::vector<Tensor> read(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const RestoredVariable& target = nodes_.restored[i];
    if (is_overwritten[i]) {
      FL_TRY(reader.Verify(target.name));
    } else if (target.slice) {
      FL_ASSIGN_OR_RETURN(read[i], reader.ReadSlice(target.name, target.slice->slice));
    } else {
      FL_ASSIGN_OR_RETURN(read[i], reader.Read(target.name));
    }
    if (target.shape && read[i].is_valid()) read[i] = read[i].Reshaped(*target.shape);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (!is_overwritten[i]) continue;
    const Status overwritten = reader.ReadInto(nodes_.restored[i].name, values[i]);
    if (overwritten) continue;
    // The files changed under our hands. Better no values than some of each.
    for (Tensor& value : values) value = Tensor();
    return tl::unexpected<Error>(overwritten.error().With(
        "checkpoint changed while it was restored, the variables have no values now"));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (!is_overwritten[i]) values[i] = std::move(read[i]);
  }
  return {};
}

void Saver::RecoverLastCheckpoints(const std::vector<std::string>& prefixes) {
  kept_.clear();
  for (const std::string& prefix : prefixes) {
    const std::optional<double> time = ModificationTimeS(LocateBundle(prefix).IndexFile());
    if (time) kept_.push_back({prefix, *time});
  }
}

void Saver::SetLastCheckpoints(
    const std::vector<std::pair<std::string, double>>& prefixes_and_times) {
  kept_.clear();
  for (const auto& [prefix, time_s] : prefixes_and_times) kept_.push_back({prefix, time_s});
}

std::vector<std::string> Saver::last_checkpoints() const {
  std::vector<std::string> prefixes;
  for (const Kept& kept : kept_) prefixes.push_back(kept.prefix);
  return prefixes;
}

Result<std::unique_ptr<Saver>> ImportWithSaver(GraphBuilder& graph, const proto::MetaGraphDef& meta,
                                               const ImportOptions& options) {
  FL_ASSIGN_OR_RETURN(MetaGraphImport import, MetaGraphImport::Make(graph, meta, options));
  // What may be wrong with the saver is found before the graph has changed.
  if (meta.has_saver_def()) {
    const proto::SaverDef def = Below(options.name_prefix, meta.saver_def());
    FL_TRY(ResolveSaverNodes([&](std::string_view name) { return import.FindNode(name); }, def));
    import.Commit();
    return Saver::FromDef(graph, def);
  }
  std::vector<Variable> variables = import.variables();
  if (!variables.empty() || options.name_prefix.empty()) {
    const std::vector<Variable> earlier = graph.collections().variables();
    variables.insert(variables.begin(), earlier.begin(), earlier.end());
  }
  if (variables.empty()) {
    import.Commit();
    return nullptr;
  }
  std::vector<NamedVariable> named = ByTheirNames(variables);
  FL_TRY(SortByName(named));
  import.Commit();
  return Saver::Create(graph, {.variables = std::move(named)});
}

Result<std::unique_ptr<Saver>> ImportMetaGraphFile(GraphBuilder& graph, const std::string& path) {
  FL_ASSIGN_OR_RETURN(const proto::MetaGraphDef meta, ReadMetaGraphFile(path));
  return ImportWithSaver(graph, meta);
}

}  // namespace fanlight::checkpoint
