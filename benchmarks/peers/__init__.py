"""What goflow is compared with, each a script of its own process, and the server it talks to."""
