using System.Runtime.InteropServices;

namespace Shaper.Engine.Queueing;

/// <summary>What a class remembers of one host: half a cache line.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct HostState : ILinkedSlot
{
    /// <summary>A test holds it.</summary>
    public const int SizeBytes = 32;

    /// <summary>Flows that take turns within the host. The host is in its class's ring exactly while this is not empty.</summary>
    public SlotList Flows;

    /// <summary>Neighbour in the ring of hosts.</summary>
    public int Next { get; set; }

    /// <inheritdoc cref="Next"/>
    public int Previous { get; set; }

    /// <summary>Wire bytes the host may still send in this turn. Sparse flows are charged here as well.</summary>
    public int Deficit;

    /// <summary>Flows with frames, sparse ones included.</summary>
    public int ActiveFlows;

    /// <summary>What the class had served when the host became idle.</summary>
    public uint LeftAt;

    /// <inheritdoc cref="FlowState.Owner"/>
    public ushort Owner;

    /// <summary>How often the slot has been given to a host, round and round but never 0.</summary>
    public ushort Claims;
}
