// The command `fanlight inspect-checkpoint PATH [--tensor NAME]`: what is in a checkpoint.
#pragma once

#include <string>
#include <vector>

namespace fanlight {

// Tells on stdout every variable of the checkpoint, or the values of one, and returns the exit
// code: 1 when something is damaged or missing, which stands on stderr or in the table.
int InspectCheckpointMain(std::vector<std::string> arguments);

}  // namespace fanlight
