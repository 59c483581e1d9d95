"""The parts of fanlight.tf1. They lie here so that none hides a name of TensorFlow's in the package."""
