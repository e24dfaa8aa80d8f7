namespace Shaper.Engine.Shaping.Tree;

/// <summary>One class of a compiled tree. Immutable.</summary>
/// <param name="Name">As written; of the implicit leaf that takes a parent's own frames, "PARENT/rest".</param>
/// <param name="Id">What <see cref="Buffers.FrameMeta.ClassId"/> says; of an implicit leaf that of its parent.</param>
/// <param name="Parent">Index in the plan; the link, 0, is its own parent.</param>
/// <param name="Depth">0 for the link, 1 for a class directly below it.</param>
/// <param name="Level">Index of its priority among those in use by its siblings, 0 first; of a strict class, not used.</param>
/// <param name="IsLeaf">Takes frames itself.</param>
/// <param name="Overflow">Of a strict class, the index of the leaf that serves what its policer does not let pass; else -1.</param>
/// <param name="Spec">What the operator wrote; of an implicit class, the defaults.</param>
public sealed record PlannedClass(
    string Name, ushort Id, int Parent, int Depth, byte Level, bool IsLeaf, int Overflow, ClassSpec Spec);
