using Shaper.Engine.Queueing;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>What is asked of the leaf of every frame, side by side and by class id, so that of the leaf itself nothing need be at hand.</summary>
/// <param name="Queue">Of the leaf.</param>
/// <param name="Node">Index of the leaf.</param>
/// <param name="Salt">Of the leaf's flow queues: what tells its flows from those of another class.</param>
/// <param name="Kind">How frames leave, if they do.</param>
/// <param name="TakesAnything">As <see cref="LeafClass.TakesAnything"/>.</param>
internal readonly record struct LeafRoute(FlowQueueSet Queue, int Node, uint Salt, LeafKind Kind, bool TakesAnything);
