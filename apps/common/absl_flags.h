// Command lines as the tutorials' flag libraries take them: `--flag=value`, `--flag value`,
// `-flag value`, `--noflag`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace fanlight {

// The arguments with one dash made two before names of more than one letter, so that CLI11 does not
// read "-seed" as "-s -e -e -d". Numbers such as -0.5 stay.
std::vector<std::string> WithTwoDashes(int argc, const char* const* argv);

// What a value must be. An empty one is most often a shell's variable that is not set.
CLI::Validator NotEmpty();
CLI::Validator Finite();

// Parses the command line. Flags that `app` does not know are named on stderr and left alone, as
// the tutorials' parsers leave them; app.remaining() tells them. Returns an exit code when the
// program should end now, for --help or a bad value; else -1.
int ParseFlags(CLI::App& app, int argc, const char* const* argv);

}  // namespace fanlight
