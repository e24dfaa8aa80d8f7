using Xunit.Sdk;
using Xunit.v3;

// Namespaces, veth pairs and timing are shared with the whole machine: one lab at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
