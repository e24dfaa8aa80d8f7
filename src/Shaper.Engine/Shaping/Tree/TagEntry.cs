namespace Shaper.Engine.Shaping.Tree;

/// <summary>A class and the tag it was filed under in a <see cref="TagHeap"/>.</summary>
internal readonly record struct TagEntry(long Tag, int Node);
