"""The one statement of every event, parameter, flag and system call; C, C++ and Python tables are generated from it."""
