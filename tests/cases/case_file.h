// A case file: event files, flags, and requests with their expected answers.
//
//   # Any text. Lines that begin with '#' and empty lines between parts are kept and mean nothing.
//   flags --load_fast=false
//   file train/events.out.tfevents.1
//     5 1.5 loss 0.25                        a scalar in TensorFlow 1's form: step, wall time, tag, value
//     event step: 5 wall_time: 1.5 summary { value { tag: "h" histo { … } } }      any Event, as text
//     graph 1.5 node { name: "a" op: "Const" }                                     a GraphDef, as text
//     bytes \x01\x02                          raw bytes between records; \xNN and \\ are escapes
//
//   GET /data/plugin/scalars/scalars?run=train&tag=loss
//   > Accept: application/json
//   = 200 application/json
//   | [[1.5, 5, 0.25]]
//
//   POST /data/plugin/scalars/scalars_multirun
//   > Content-Type: application/x-www-form-urlencoded
//   < tag=loss&runs=train
//   = 200 application/json
//   ~ "train"
//
// '<' lines are the request's body. '|' lines are the whole answer, '~' lines are parts of it. A file begins with
// the record that TensorFlow writes first, unless its first line is `no version`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fanlight/base/result.h"

namespace fanlight::cases {

struct EventFile {
  std::string path;                // Relative to the logdir.
  std::vector<std::string> lines;  // Trimmed.
};

struct Exchange {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string status_line;              // "200 application/json"
  std::vector<std::string> expected;    // '|' lines without their mark.
  std::vector<std::string> substrings;  // '~' lines.
  size_t answer_begin = 0;  // Lines of the file that hold the expectation, for --update.
  size_t answer_end = 0;
};

struct CaseFile {
  std::vector<std::string> lines;
  std::vector<std::string> flags;
  std::vector<EventFile> files;
  std::vector<Exchange> exchanges;
};

// Errors: kInvalidArgument, naming the line.
Result<CaseFile> ParseCaseFile(const std::string& text);

// The bytes of an event file. Errors: kInvalidArgument, naming the line.
Result<std::string> EncodeEventFile(const EventFile& file);

}  // namespace fanlight::cases
