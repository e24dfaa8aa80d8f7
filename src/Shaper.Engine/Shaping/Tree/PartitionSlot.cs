using Shaper.Engine.Queueing;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>Who has one partition, since when unused.</summary>
internal struct PartitionSlot : ILinkedSlot
{
    public ulong Key;
    public Instant LastUsed;

    /// <summary>Somebody has it.</summary>
    public bool IsInUse;

    public int Next { get; set; }

    public int Previous { get; set; }
}
