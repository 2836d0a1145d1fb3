"""The places where images are put, a file each; all of them satisfy `bigflow.deployer.images.ImagePlace`."""
