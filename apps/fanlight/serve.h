// `fanlight serve`: reads a logdir and answers until it is told to end.
#pragma once

#include <string>
#include <vector>

#include "apps/fanlight/flags.h"

namespace fanlight::app {

struct Invocation {
  std::string program;  // Under which name the program was started, without its folder.
  std::vector<std::string> arguments;
  CommandLine line;

  // Started as `tensorboard`, it speaks as TensorBoard does and asks for no token.
  bool is_tensorboard() const { return program == "tensorboard"; }
};

// Returns the exit code. SIGINT, SIGTERM and SIGHUP must be blocked in the calling thread: they end it.
int Serve(const Invocation& invocation);

}  // namespace fanlight::app
