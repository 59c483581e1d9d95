// Writes what a training program wants to be seen: summaries, the graph, marks of its sessions.
//
//   FL_ASSIGN_OR_RETURN(auto writer, FileWriter::Create("logs/run1", graph));
//   FL_ASSIGN_OR_RETURN(auto fetched, session->Run({.feeds = …, .fetches = {merged}}));
//   FL_TRY(writer->AddSummary(fetched[0], step));
//   FL_TRY(writer->Close());
//
// Calls encode and return; a thread of the writer's own carries the events to the file. Calls may
// come from several threads. When events reach the file, and what follows an error of the file:
// fanlight/events/summary_writer.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/events/summary_writer.h"

namespace fanlight {

class FileWriter {
 public:
  using Options = SummaryWriter::Options;

  // Makes `logdir`, if it is missing, and in it a new event file. Errors: from the file system.
  static Result<std::unique_ptr<FileWriter>> Create(const std::string& logdir,
                                                    Options options = {});
  // The same, and adds the graph as it is now.
  static Result<std::unique_ptr<FileWriter>> Create(const std::string& logdir,
                                                    const GraphBuilder& graph,
                                                    Options options = {});

  // Adds what a summary op gave: a string scalar that holds a serialized Summary.
  // Errors: kInvalidArgument, for another tensor; kCorrupt, when it holds no Summary.
  Status AddSummary(const Tensor& summary, int64_t step);
  Status AddSummary(std::string_view serialized, int64_t step);
  // Adds one point of the series `tag`, without an op.
  Status AddScalar(std::string_view tag, double value, int64_t step);
  // Adds the graph, with its outputs' shapes, and then the graph with its collections.
  // Errors: kFailedPrecondition, when building the graph has failed; kTooLarge from 2 GiB on.
  Status AddGraph(const GraphBuilder& graph);
  // Adds a mark, such as "started at step": after a restart readers hide the points that the lost
  // process wrote at or behind that step.
  Status AddSessionLog(SessionLogView::Status status, int64_t step,
                       std::string_view checkpoint_path = {}, std::string_view message = {});
  // Adds what a run of the graph cost: a serialized RunMetadata.
  // Errors: kAlreadyExists, when `tag` was given before.
  Status AddRunMetadata(std::string_view tag, std::string_view serialized, int64_t step);

  // Returns when every event added before is in the file.
  Status Flush() { return writer_->Flush(); }
  // Flush(), and closes the file. Later calls return kFailedPrecondition.
  Status Close() { return writer_->Close(); }
  // The event file.
  const std::string& path() const { return writer_->path(); }

 private:
  explicit FileWriter(std::unique_ptr<SummaryWriter> writer) : writer_(std::move(writer)) {}

  const std::unique_ptr<SummaryWriter> writer_;
};

}  // namespace fanlight
