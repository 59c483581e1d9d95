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
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/io.h"
#include "fanlight/engine/graph/ops/state.h"

namespace fanlight::checkpoint {
namespace {

constexpr double kSecondsPerHour = 3600;
constexpr uint64_t kMaxMetaGraphBytes = uint64_t{2} << 30;

// The names of variables and the slices, which are none, as SaveV2 and RestoreV2 take them.
struct NameTensors {
  Tensor names;
  Tensor slices;
};
NameTensors TensorsFor(const std::vector<NamedVariable>& variables) {
  const Shape shape{static_cast<int64_t>(variables.size())};
  NameTensors tensors{Tensor(DType::kString, shape), Tensor(DType::kString, shape)};
  for (size_t i = 0; i < variables.size(); ++i) {
    tensors.names.mutable_flat<std::string>()[i] = variables[i].name;
  }
  return tensors;
}

// Adds the nodes of a saver, in TensorFlow's order and by its names, and tells the SaverDef that
// names them.
proto::SaverDef AddSaverNodes(GraphBuilder& graph, const std::vector<NamedVariable>& variables,
                              const SaverOptions& options) {
  const auto scope = graph.NameScope(options.name);
  const Output filename =
      PlaceholderWithDefault(graph, Operand("model"), PartialShape(Shape()), "filename");
  const Output path = PlaceholderWithDefault(graph, filename, PartialShape(Shape()), "Const");
  const NameTensors tensors = TensorsFor(variables);
  std::vector<Output> refs;
  std::vector<DType> dtypes;
  for (const NamedVariable& named : variables) {
    refs.push_back(named.variable.ref);
    dtypes.push_back(named.variable.dtype());
  }
  const Node* save = SaveV2(graph, path, tensors.names, tensors.slices, refs);
  const Output saved = graph.ok() ? WithDependencies(graph, {save}, path) : Output();
  std::vector<Output> restored;
  {
    const auto device = graph.Device("/device:CPU:0");
    restored = RestoreV2(graph, path, tensors.names, tensors.slices, dtypes);
  }
  std::vector<const Node*> assigns;
  for (size_t i = 0; graph.ok() && i < variables.size(); ++i) {
    assigns.push_back(Assign(graph, refs[i], restored[i]).node);
  }
  const Node* restore_all = graph.ok() ? Group(graph, assigns, "restore_all") : nullptr;
  proto::SaverDef def;
  if (!graph.ok()) return def;
  def.set_filename_tensor_name(path.name());
  def.set_save_tensor_name(saved.name());
  def.set_restore_op_name(restore_all->name);
  def.set_max_to_keep(options.max_to_keep);
  def.set_keep_checkpoint_every_n_hours(static_cast<float>(options.keep_checkpoint_every_n_hours));
  def.set_version(proto::SaverDef::V2);
  return def;
}

// The RestoreV2 output that a value comes from, through nodes that leave the value as it is.
const Output* RestoredOutput(const Output& value) {
  const Output* at = &value;
  while (at->node->type() == "Identity" || at->node->type() == "Reshape") at = &at->node->input(0);
  return at->node->type() == "RestoreV2" ? at : nullptr;
}

// Element `i` of a constant vector of strings; nullopt when it is not there.
std::optional<std::string> ConstantString(const Output& vector, int i) {
  const std::optional<Tensor> value = ConstantValue(vector);
  if (!value || value->dtype() != DType::kString || i >= value->num_elements()) return std::nullopt;
  return value->flat<std::string>()[static_cast<size_t>(i)];
}

// The nodes of type `type` that run when `node` does: itself, or what it waits for and is made of.
// Beyond a node of that type nothing is looked for.
void CollectNodes(const Node* node, std::string_view type, std::set<const Node*>& seen,
                  std::vector<const Node*>& found) {
  if (!seen.insert(node).second) return;
  if (node->type() == type) {
    found.push_back(node);
    return;
  }
  for (const Node* control : node->controls) CollectNodes(control, type, seen, found);
  for (const Output& input : node->inputs) CollectNodes(input.node, type, seen, found);
}

// The name and slice of tensor `i` of a SaveV2 or RestoreV2 node.
struct NameAndSlice {
  std::string name;
  std::optional<SlicedShape> slice;
};
Result<NameAndSlice> NameAndSliceOf(const Node& node, int i) {
  const std::optional<std::string> name = ConstantString(node.input(1), i);
  const std::optional<std::string> slice = ConstantString(node.input(2), i);
  if (!name || !slice) {
    return Fail(ErrorCode::kInvalidArgument, "{} has names or slices that are not constants",
                Describe(node));
  }
  NameAndSlice result{.name = *name, .slice = std::nullopt};
  if (!slice->empty()) {
    FL_ASSIGN_OR_RETURN(result.slice, SlicedShape::Parse(*slice));
  }
  return result;
}

std::optional<double> ModificationTimeS(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return static_cast<double>(info.st_mtim.tv_sec) +
         1e-9 * static_cast<double>(info.st_mtim.tv_nsec);
}

}  // namespace

Result<std::unique_ptr<Saver>> Saver::Create(GraphBuilder& graph, SaverOptions options) {
  std::vector<NamedVariable> variables = options.variables;
  if (variables.empty()) {
    for (const Variable& variable : graph.collections().variables()) {
      variables.push_back({variable.name(), variable});
    }
  }
  if (variables.empty()) return Fail(ErrorCode::kInvalidArgument, "No variables to save");
  std::ranges::sort(variables, {}, &NamedVariable::name);
  for (size_t i = 0; i + 1 < variables.size(); ++i) {
    if (variables[i].name == variables[i + 1].name) {
      return Fail(ErrorCode::kInvalidArgument, "two variables to save are called {}",
                  Quoted(variables[i].name));
    }
  }
  proto::SaverDef def = AddSaverNodes(graph, variables, options);
  FL_TRY(graph.status());
  std::unique_ptr<Saver> saver(new Saver(graph, std::move(options), std::move(def)));
  FL_TRY(saver->Resolve());
  return saver;
}

Result<std::unique_ptr<Saver>> Saver::FromDef(GraphBuilder& graph, const proto::SaverDef& def,
                                              std::shared_ptr<const Clock> clock) {
  SaverOptions options;
  options.max_to_keep = def.max_to_keep();
  options.keep_checkpoint_every_n_hours = static_cast<double>(def.keep_checkpoint_every_n_hours());
  options.clock = std::move(clock);
  std::unique_ptr<Saver> saver(new Saver(graph, std::move(options), def));
  FL_TRY(saver->Resolve());
  return saver;
}

Saver::Saver(GraphBuilder& graph, SaverOptions options, proto::SaverDef def)
    : graph_(graph), options_(std::move(options)), def_(std::move(def)), clock_(options_.clock) {
  if (clock_ == nullptr) clock_ = std::make_shared<const SystemClock>();
  next_preserved_time_s_ =
      clock_->WallTimeS() + options_.keep_checkpoint_every_n_hours * kSecondsPerHour;
}

Status Saver::Resolve() {
  const Graph& graph = *graph_.graph();
  FL_TRY(graph.FindOutput(def_.filename_tensor_name()));
  FL_ASSIGN_OR_RETURN(const Output save, graph.FindOutput(def_.save_tensor_name()));
  const Node* restore = graph.FindNode(def_.restore_op_name());
  if (restore == nullptr) {
    return Fail(ErrorCode::kNotFound, "the saver's node {} is not in the graph",
                Quoted(def_.restore_op_name()));
  }
  FL_TRY(ResolveSources(save.node));
  return ResolveTargets(restore);
}

Status Saver::ResolveSources(const Node* save) {
  constexpr int kFirstTensor = 3;
  std::set<const Node*> seen;
  std::vector<const Node*> nodes;
  CollectNodes(save, "SaveV2", seen, nodes);
  for (const Node* node : nodes) {
    for (int i = kFirstTensor; i < node->num_inputs(); ++i) {
      FL_ASSIGN_OR_RETURN(NameAndSlice named, NameAndSliceOf(*node, i - kFirstTensor));
      sources_.push_back({std::move(named.name), std::move(named.slice), node->input(i)});
    }
  }
  if (sources_.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "the saver's node {} saves nothing",
                Quoted(save->name));
  }
  return {};
}

Status Saver::ResolveTargets(const Node* restore) {
  std::set<const Node*> seen;
  std::vector<const Node*> assigns;
  CollectNodes(restore, "Assign", seen, assigns);
  for (const Node* assign : assigns) {
    const Output* restored = RestoredOutput(assign->input(1));
    if (restored == nullptr) {
      return Fail(ErrorCode::kInvalidArgument, "{} does not assign what a saver restores",
                  Describe(*assign));
    }
    FL_ASSIGN_OR_RETURN(NameAndSlice named, NameAndSliceOf(*restored->node, restored->index));
    targets_.push_back({std::move(named.name), std::move(named.slice), assign->input(0)});
  }
  std::ranges::sort(targets_, {}, &Target::name);
  return {};
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
      !ExportMetaGraph(graph_, &def_).SerializeToString(&begun->meta_graph)) {
    return Fail(ErrorCode::kTooLarge, "the graph is too large for a MetaGraph file, over 2 GiB");
  }
  // One call: the values are those of one step, whatever other threads train. They are handles;
  // a variable that is assigned while we hold one is copied.
  Session::Request request;
  for (const Source& source : sources_) request.fetches.push_back(source.value);
  FL_ASSIGN_OR_RETURN(begun->values, session.Run(request));

  const std::string directory = DirectoryOf(begun->saved.prefix);
  FL_ASSIGN_OR_RETURN(const bool made, MakeDirectories(directory));
  if (made) begun->saved.made_directory = directory;
  RemoveAbandonedStagedFiles(JoinPath(directory, options.latest_filename));
  FL_ASSIGN_OR_RETURN(begun->writer,
                      BundleWriter::Create(begun->saved.prefix, {.sync = options_.sync}));
  uint64_t unwritten_bytes = 0;
  for (const Tensor& value : begun->values) unwritten_bytes += BytesOf(value);
  while (unwritten_bytes > max_unwritten_bytes) {
    unwritten_bytes -= BytesOf(begun->values[begun->num_written]);
    FL_TRY(WriteNext(*begun));
  }
  return begun;
}

Status Saver::WriteNext(Begun& begun) {
  const Source& source = sources_[begun.num_written];
  const Tensor value = std::move(begun.values[begun.num_written++]);
  return source.slice ? begun.writer->AddSlice(source.name, *source.slice, value)
                      : begun.writer->Add(source.name, value);
}

Result<Saved> Saver::Finish(Begun& begun) {
  while (begun.num_written < sources_.size()) FL_TRY(WriteNext(begun));
  FL_TRY(begun.writer->Finish());
  const std::string& prefix = begun.saved.prefix;
  if (begun.options.write_state) {
    const std::string goes = Keep(prefix);
    CheckpointState state{.latest = prefix, .all = last_checkpoints()};
    if (state.all.empty()) state.all.push_back(prefix);
    FL_TRY(WriteCheckpointState(DirectoryOf(prefix), std::move(state), options_.save_relative_paths,
                                begun.options.latest_filename));
    if (!goes.empty()) FL_TRY(RemoveBundle(goes));
  }
  if (begun.options.write_meta_graph) {
    FL_TRY(WriteFileAtomically(prefix + ".meta", begun.meta_graph));
  }
  return begun.saved;
}

Status Saver::Restore(Session& session, const std::string& prefix) const {
  FL_ASSIGN_OR_RETURN(const auto reader, BundleReader::Open(prefix));
  // Everything is read before anything is assigned, so that an error leaves the variables alone.
  std::vector<Tensor> values;
  values.reserve(targets_.size());
  for (const Target& target : targets_) {
    const BundleReader::Variable* stored = reader->Find(target.name);
    if (stored == nullptr) {
      return Fail(ErrorCode::kNotFound, "Key {} not found in checkpoint {}", target.name,
                  Quoted(prefix));
    }
    const PartialShape& shape = target.variable.shape();
    const Shape& stored_shape = target.slice ? target.slice->part : stored->entry.shape;
    const bool slice_fits = !target.slice || target.slice->full == stored->entry.shape;
    if (stored->entry.dtype != target.variable.dtype() || !slice_fits ||
        !shape.IsCompatibleWith(stored_shape)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "variable {} does not fit: got {}{}, want {}{}, in checkpoint {}",
                  Quoted(target.name), DTypeName(stored->entry.dtype),
                  ToString(stored->entry.shape), DTypeName(target.variable.dtype()),
                  target.slice ? ToString(target.slice->full) : ToString(shape), Quoted(prefix));
    }
    FL_ASSIGN_OR_RETURN(Tensor value, target.slice
                                          ? reader->ReadSlice(target.name, target.slice->slice)
                                          : reader->Read(target.name));
    values.push_back(std::move(value));
  }
  for (size_t i = 0; i < targets_.size(); ++i) {
    FL_TRY(session.WriteVariable(targets_[i].variable, values[i]));
    values[i] = Tensor();
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

std::vector<std::string> Saver::last_checkpoints() const {
  std::vector<std::string> prefixes;
  for (const Kept& kept : kept_) prefixes.push_back(kept.prefix);
  return prefixes;
}

Result<std::unique_ptr<Saver>> ImportMetaGraphFile(GraphBuilder& graph, const std::string& path) {
  FL_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(path, kMaxMetaGraphBytes));
  proto::MetaGraphDef meta;
  if (!meta.ParseFromString(bytes)) {
    return Fail(ErrorCode::kCorrupt, "file is no MetaGraph: {}", Quoted(path));
  }
  FL_TRY(ImportMetaGraph(graph, meta));
  if (meta.has_saver_def()) return Saver::FromDef(graph, meta.saver_def());
  return Saver::Create(graph, {});
}

}  // namespace fanlight::checkpoint
