// Part of the command line and of every program that enters stacks, where they are built with
// AddressSanitizer: no search for leaks when they end. That search traces the process from a child
// of its own: it waits for ever when a thread has just ended, and so would whoever restarts the
// service; the first process of a namespace must not be traced at all; and what a program in a host
// leaks nobody would read. Tests link the same code and do search.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
