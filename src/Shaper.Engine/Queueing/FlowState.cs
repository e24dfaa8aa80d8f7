using System.Runtime.InteropServices;
using Shaper.Engine.Aqm;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Queueing;

/// <summary>Everything a flow queue remembers of a flow, on one cache line.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct FlowState : ILinkedSlot
{
    /// <summary>A test holds it.</summary>
    public const int SizeBytes = 64;

    public CodelState Codel;

    public FlowStanding Standing;

    /// <summary>Class that the slot was last claimed for: another class has flows whose hashes are the same.</summary>
    public ushort Owner;

    /// <summary>Oldest frame; void while <see cref="Frames"/> is 0.</summary>
    public FrameHandle Head;

    /// <summary>Youngest frame; void while <see cref="Frames"/> is 0.</summary>
    public FrameHandle Tail;

    /// <summary>Neighbour in the list that <see cref="Standing"/> names.</summary>
    public int Next { get; set; }

    /// <inheritdoc cref="Next"/>
    public int Previous { get; set; }

    /// <summary>Wire bytes the flow may still send in this turn; negative where its last frame was longer than that.</summary>
    public int Deficit;

    /// <summary>Slot of the host it counts for, or did when it last had frames.</summary>
    public int Host;

    public int Frames;

    /// <summary>Wire bytes queued.</summary>
    public int Backlog;

    /// <summary>Where <see cref="BacklogBuckets"/> has filed it; 0 for nowhere.</summary>
    public byte Bucket;

    /// <summary>The youngest frame is an acknowledgement that says nothing but a higher number than the one before it.</summary>
    public bool TailIsThinnable;

    /// <summary><see cref="HostState.Claims"/> when it counted for that host: while they agree, the slot is that host's still.</summary>
    public ushort HostClaims;

    /// <summary>What its class had served when the flow became idle. Lies where the list does, which an idle flow is not in.</summary>
    public uint LeftAt
    {
        readonly get => (uint)Next;
        set => Next = (int)value;
    }
}
