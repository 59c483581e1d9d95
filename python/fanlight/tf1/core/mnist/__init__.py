"""tensorflow.examples.tutorials.mnist: reading the images, and the tutorial's model."""
